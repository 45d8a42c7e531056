"""How to say what somebody did, for the usual kinds of events and correctly for any other."""

from __future__ import annotations

from dataclasses import dataclass

from features.vocabulary.spelling import slug


@dataclass(frozen=True, slots=True)
class Phrase:
    """One kind of event in words.

    Parameters
    ----------
    done : str
        English, before "3 times in 7 days": ``"Viewed the pricing page"``.
    one, many : str
        English nouns: ``"pricing page view"``, ``"pricing page views"``.
    getan : str
        German sentence with ``{}`` where "in 7 Tagen 3-mal" stands.
    letzte : str
        German noun with its article for the last one: ``"Letzter Besuch der Preisseite"``.
    mehrere : str
        German plural that reads the same alone and after "Keine": ``"Besuche der Preisseite"``.
    """

    done: str
    one: str
    many: str
    getan: str
    letzte: str
    mehrere: str


_PHRASES: tuple[tuple[str, Phrase], ...] = (
    (
        "page_view pageview page_viewed viewed_page page_visit web_visit website_visit visit page_visited_on_website",
        Phrase("Viewed a page", "page view", "page views",
               "Hat {} eine Seite besucht", "Letzter Seitenbesuch", "Seitenbesuche"),
    ),
    (
        "pricing_view pricing_page_view pricing_page pricing pricing_page_viewed pricing_viewed viewed_pricing"
        " viewed_pricing_page pricing_visit pricing_page_visit",
        Phrase("Viewed the pricing page", "pricing page view", "pricing page views",
               "Hat die Preisseite {} besucht", "Letzter Besuch der Preisseite", "Besuche der Preisseite"),
    ),
    (
        "product_view product_page_view product_viewed viewed_product",
        Phrase("Viewed a product page", "product page view", "product page views",
               "Hat {} eine Produktseite besucht", "Letzter Besuch einer Produktseite", "Besuche von Produktseiten"),
    ),
    (
        "demo_request demo_requested request_demo requested_demo demo_form demo",
        Phrase("Requested a demo", "demo request", "demo requests",
               "Hat {} eine Demo angefragt", "Letzte Demo-Anfrage", "Demo-Anfragen"),
    ),
    (
        "quote_request quote_requested request_quote price_request",
        Phrase("Requested a quote", "quote request", "quote requests",
               "Hat {} ein Angebot angefragt", "Letzte Angebotsanfrage", "Angebotsanfragen"),
    ),
    (
        "contact_request contact_form contact_form_submit contact_us contact_sales",
        Phrase("Asked to be contacted", "contact request", "contact requests",
               "Hat {} um Kontakt gebeten", "Letzte Kontaktanfrage", "Kontaktanfragen"),
    ),
    (
        "form_submit form_submission form_submitted form_fill form_filled submitted_form",
        Phrase("Submitted a form", "form submission", "form submissions",
               "Hat {} ein Formular abgeschickt", "Letztes abgeschicktes Formular", "Formulareinsendungen"),
    ),
    (
        "email_open email_opened open_email opened_email",
        Phrase("Opened an e-mail", "e-mail open", "e-mail opens",
               "Hat {} eine E-Mail geöffnet", "Letzte geöffnete E-Mail", "E-Mail-Öffnungen"),
    ),
    (
        "email_click email_clicked email_link_clicked click_email clicked_email email_link_click",
        Phrase("Clicked a link in an e-mail", "click in an e-mail", "clicks in e-mails",
               "Hat {} einen Link in einer E-Mail angeklickt", "Letzter Klick in einer E-Mail", "Klicks in E-Mails"),
    ),
    (
        "email_reply email_replied replied_to_email email_response",
        Phrase("Replied to an e-mail", "e-mail reply", "e-mail replies",
               "Hat {} auf eine E-Mail geantwortet", "Letzte Antwort auf eine E-Mail", "Antworten auf E-Mails"),
    ),
    (
        "email_bounce email_bounced bounce bounced",
        Phrase("Had an e-mail bounce", "e-mail bounce", "e-mail bounces",
               "Eine E-Mail war {} unzustellbar", "Letzte unzustellbare E-Mail", "E-Mail-Rückläufer"),
    ),
    (
        "email_sent email_send sent_email email_delivered email_received",
        Phrase("Was sent an e-mail", "e-mail sent", "e-mails sent",
               "Hat {} eine E-Mail erhalten", "Letzte erhaltene E-Mail", "E-Mail-Zustellungen"),
    ),
    (
        "unsubscribe unsubscribed email_unsubscribe email_unsubscribed opt_out",
        Phrase("Unsubscribed from e-mails", "unsubscription", "unsubscriptions",
               "Hat sich {} von E-Mails abgemeldet", "Letzte Abmeldung von E-Mails", "Abmeldungen von E-Mails"),
    ),
    (
        "newsletter_signup newsletter_subscribe newsletter_subscription newsletter subscribe subscribed opt_in",
        Phrase("Subscribed to the newsletter", "newsletter subscription", "newsletter subscriptions",
               "Hat {} den Newsletter bestellt", "Letzte Newsletter-Anmeldung", "Newsletter-Anmeldungen"),
    ),
    (
        "webinar_registration webinar_registered webinar_signup webinar_register registered_webinar event_registration",
        Phrase("Registered for a webinar", "webinar registration", "webinar registrations",
               "Hat sich {} für ein Webinar angemeldet", "Letzte Webinar-Anmeldung", "Webinar-Anmeldungen"),
    ),
    (
        "webinar_attended webinar_attendance webinar_attend webinar attended_webinar webinar_joined",
        Phrase("Attended a webinar", "webinar attendance", "webinar attendances",
               "Hat {} an einem Webinar teilgenommen", "Letzte Webinar-Teilnahme", "Webinar-Teilnahmen"),
    ),
    (
        "event_attended event_attendance trade_show trade_fair conference booth_visit",
        Phrase("Attended an event", "event attendance", "event attendances",
               "Hat {} an einer Veranstaltung teilgenommen", "Letzte Veranstaltungsteilnahme",
               "Veranstaltungsteilnahmen"),
    ),
    (
        "whitepaper_download content_download download whitepaper ebook_download downloaded_whitepaper asset_download"
        " case_study_download brochure_download resource_download file_download document_download",
        Phrase("Downloaded content", "download", "downloads",
               "Hat {} Inhalte heruntergeladen", "Letzter Download", "Downloads"),
    ),
    (
        "trial_start trial_started start_trial trial_signup free_trial trial",
        Phrase("Started a trial", "trial start", "trial starts",
               "Hat {} einen Testzugang begonnen", "Letzter Beginn eines Testzugangs", "Testzugänge"),
    ),
    (
        "signup sign_up registration register registered account_created user_signup",
        Phrase("Signed up", "sign-up", "sign-ups",
               "Hat sich {} registriert", "Letzte Registrierung", "Registrierungen"),
    ),
    (
        "login log_in logged_in sign_in signin app_login product_login",
        Phrase("Logged in", "login", "logins",
               "Hat sich {} eingeloggt", "Letzter Login", "Logins"),
    ),
    (
        "product_usage feature_used app_session session active_session usage",
        Phrase("Used the product", "product use", "product uses",
               "Hat das Produkt {} genutzt", "Letzte Nutzung des Produkts", "Nutzungen des Produkts"),
    ),
    (
        "call phone_call call_connected call_answered call_completed sales_call phone",
        Phrase("Had a call", "call", "calls",
               "Hat {} telefoniert", "Letztes Telefonat", "Telefonate"),
    ),
    (
        "call_missed missed_call call_not_answered no_answer call_attempt ringing",
        Phrase("Missed a call", "missed call", "missed calls",
               "Hat {} einen Anruf verpasst", "Letzter verpasster Anruf", "Anrufe in Abwesenheit"),
    ),
    (
        "meeting meeting_held meeting_attended meeting_completed appointment",
        Phrase("Had a meeting", "meeting", "meetings",
               "Hatte {} einen Termin", "Letzter Termin", "Termine"),
    ),
    (
        "meeting_booked meeting_scheduled book_meeting booked_meeting appointment_booked",
        Phrase("Booked a meeting", "booked meeting", "booked meetings",
               "Hat {} einen Termin gebucht", "Letzte Terminbuchung", "Terminbuchungen"),
    ),
    (
        "chat chat_started live_chat chat_message chat_conversation olark_chat_conversation chatbot",
        Phrase("Chatted", "chat", "chats", "Hat {} gechattet", "Letzter Chat", "Chats"),
    ),
    (
        "ad_click ad_clicked clicked_ad click_ad paid_click",
        Phrase("Clicked an ad", "ad click", "ad clicks",
               "Hat {} eine Anzeige angeklickt", "Letzter Klick auf eine Anzeige", "Klicks auf Anzeigen"),
    ),
    (
        "video_view video_watched video_play watched_video",
        Phrase("Watched a video", "video view", "video views",
               "Hat {} ein Video angesehen", "Letztes angesehenes Video", "Videoaufrufe"),
    ),
    (
        "social_click social_engagement linkedin_click social_media_click",
        Phrase("Clicked a social media post", "click on social media", "clicks on social media",
               "Hat {} einen Beitrag in sozialen Medien angeklickt", "Letzter Klick in sozialen Medien",
               "Klicks in sozialen Medien"),
    ),
    (
        "search site_search searched",
        Phrase("Searched the site", "site search", "site searches",
               "Hat die Website {} durchsucht", "Letzte Suche auf der Website", "Suchen auf der Website"),
    ),
    (
        "careers_view careers_page_view career_page_view jobs_page_view",
        Phrase("Viewed the careers page", "careers page view", "careers page views",
               "Hat die Karriereseite {} besucht", "Letzter Besuch der Karriereseite", "Besuche der Karriereseite"),
    ),
)  # fmt: skip

_BY_KIND = {kind: phrase for kinds, phrase in _PHRASES for kind in kinds.split()}


def phrase_of(kind: str) -> Phrase | None:
    """Return the phrase of an event kind, however it is spelt, or None for one that is not known.

    Examples
    --------
    >>> phrase_of("DemoRequest").many
    'demo requests'
    >>> phrase_of("A_ACCEPTED") is None
    True
    """
    return _BY_KIND.get(slug(kind))
