"""What an e-mail address's domain says about its owner."""

from __future__ import annotations

import re
from enum import StrEnum

from features.domain import Text


class DomainKind(StrEnum):
    """Whose domain an address belongs to."""

    FREE = "free"
    DISPOSABLE = "disposable"
    BUSINESS = "business"
    COMPANY = "company"
    EDUCATION = "education"
    GOVERNMENT = "government"
    INVALID = "invalid"


NAMES: dict[str, Text] = {
    DomainKind.FREE: Text("free mail provider", "Freemail-Anbieter"),
    DomainKind.DISPOSABLE: Text("disposable address", "Wegwerfadresse"),
    DomainKind.BUSINESS: Text("business domain", "Firmendomain"),
    DomainKind.COMPANY: Text("domain of the company's website", "Domain der Firmenwebsite"),
    DomainKind.EDUCATION: Text("education", "Bildungseinrichtung"),
    DomainKind.GOVERNMENT: Text("government", "Behörde"),
    DomainKind.INVALID: Text("not an e-mail address", "keine E-Mail-Adresse"),
}
"""What each kind is called."""

_FREE_PROVIDERS = """
gmx.de gmx.net gmx.at gmx.ch gmx.com gmx.eu gmx.info gmx.org gmx.biz web.de email.de mail.de t-online.de magenta.de
freenet.de arcor.de vodafone.de vodafonemail.de o2online.de o2mail.de alice.de alice-dsl.net alice-dsl.de hanse.net
1und1.de online.de onlinehome.de kabelmail.de unitybox.de unity-mail.de ewetel.net ewe.net netcologne.de nexgo.de
versanet.de osnanet.de htp-tel.de tele2.de lycos.de posteo.de posteo.net posteo.org mailbox.org tutanota.com
tutanota.de tuta.io tuta.com tutamail.com keemail.me firemail.de vollbio.de smart-mail.de emailn.de a1.net aon.at
chello.at utanet.at inode.at drei.at kabsi.at liwest.at bluewin.ch sunrise.ch hispeed.ch swissonline.ch gmail.com
googlemail.com yahoo.com yahoo.de yahoo.at yahoo.co.uk yahoo.fr yahoo.it yahoo.es yahoo.in yahoo.co.in yahoo.com.br
yahoo.ca yahoo.co.jp ymail.com rocketmail.com hotmail.com hotmail.de hotmail.at hotmail.ch hotmail.co.uk hotmail.fr
hotmail.it hotmail.es outlook.com outlook.de outlook.at outlook.fr outlook.es live.com live.de live.at live.fr
live.nl live.co.uk msn.com icloud.com me.com mac.com aol.com aol.de aim.com mail.com proton.me protonmail.com
protonmail.ch pm.me zoho.com zohomail.com zohomail.eu fastmail.com fastmail.fm hushmail.com yandex.ru yandex.com
ya.ru mail.ru bk.ru list.ru inbox.ru rambler.ru qq.com 163.com 126.com sina.com sohu.com foxmail.com naver.com
daum.net hanmail.net rediffmail.com orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr libero.it
virgilio.it alice.it tiscali.it tin.it telefonica.net terra.com.br uol.com.br bol.com.br ig.com.br btinternet.com
sky.com virginmedia.com talktalk.net ntlworld.com comcast.net verizon.net att.net sbcglobal.net cox.net charter.net
bellsouth.net earthlink.net shaw.ca rogers.com sympatico.ca bigpond.com optusnet.com.au ziggo.nl kpnmail.nl
planet.nl xs4all.nl hetnet.nl home.nl telenet.be skynet.be proximus.be wp.pl o2.pl onet.pl onet.eu interia.pl
interia.eu op.pl tlen.pl gazeta.pl seznam.cz email.cz centrum.cz azet.sk freemail.hu citromail.hu abv.bg ukr.net
i.ua telia.com spray.se hey.com gmx.fr gmx.es gmx.co.uk duck.com privaterelay.appleid.com
"""
_FREE = frozenset(_FREE_PROVIDERS.split())
_DISPOSABLE_PROVIDERS = """
mailinator.com guerrillamail.com guerrillamail.de sharklasers.com 10minutemail.com 10minutemail.net tempmail.com
temp-mail.org temp-mail.io yopmail.com yopmail.net trashmail.com trashmail.de trashmail.net wegwerfmail.de
wegwerfemail.de byom.de muellmail.com spoofmail.de einrot.com discard.email throwawaymail.com getnada.com
maildrop.cc mailnesia.com dispostable.com mohmal.com fakeinbox.com spam4.me moakt.com emailondeck.com mailcatch.com
"""
_DISPOSABLE = frozenset(_DISPOSABLE_PROVIDERS.split())
_EDUCATION = re.compile(
    r"(?:^|\.)(?:edu|ac)(?:\.[a-z]{2})?$|^(?:[a-z0-9-]+\.)*(?:uni|tu|th|fh|hs|ph|rwth|ku|ovgu|kit|lmu|fau|haw|htw|hwr|htwk|"
    r"dhbw|stud|student|students|schule|gymnasium)(?:-[a-z0-9-]+)?\.(?:de|at|ch|eu)$|"
    r"(?:^|\.)(?:ethz|epfl|unibas|unibe|uzh|unige|charite|tum|kit|mpg|fraunhofer)\.(?:ch|de)$|university|universitaet"
)
_GOVERNMENT = re.compile(
    r"(?:^|\.)(?:gov|gouv|gob|govt|mil)(?:\.[a-z]{2})?$|(?:^|\.)(?:gv\.at|bund\.de|admin\.ch|europa\.eu|gc\.ca|nhs\.uk|"
    r"bundeswehr\.org|bundestag\.de|bayern\.de|nrw\.de|hessen\.de|sachsen\.de|thueringen\.de|niedersachsen\.de|"
    r"brandenburg\.de|saarland\.de|rlp\.de|bwl\.de|landsh\.de|berlin\.de|bremen\.de|hamburg\.de|polizei\.de)$|"
    r"^(?:stadt|kreis|landkreis|gemeinde|lra|landratsamt)-"
)
_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?(?:www\d?\.)?([^/:?#\s]+)")
_DOMAIN = re.compile(r"^(?:[^\W_][\w-]*\.)+[\w-]{2,63}$")


def domain_kind(address: str, website: str | None = None) -> str:
    """Return the kind of an address's domain, a value of :class:`DomainKind`.

    Parameters
    ----------
    address : str
        An e-mail address.
    website : str or None
        The company's website, where it is known; an address below it (or above it) is the company's own.

    Examples
    --------
    >>> domain_kind("a@GMX.de"), domain_kind("a@sales.acme.com", "https://www.acme.com/de"), domain_kind("a@tu-x.de")
    ('free', 'company', 'education')
    """
    local, _, domain = address.strip().casefold().rpartition("@")
    domain = domain.rstrip(".>")
    if not local or not _DOMAIN.match(domain):
        return DomainKind.INVALID.value
    if domain in _FREE:
        return DomainKind.FREE.value
    if domain in _DISPOSABLE:
        return DomainKind.DISPOSABLE.value
    if _EDUCATION.search(domain):
        return DomainKind.EDUCATION.value
    if _GOVERNMENT.search(domain):
        return DomainKind.GOVERNMENT.value
    if website is not None and _same_site(domain, website):
        return DomainKind.COMPANY.value
    return DomainKind.BUSINESS.value


def _same_site(domain: str, website: str) -> bool:
    match = _HOST.match(website.strip().casefold())
    if match is None or "." not in match[1]:
        return False
    host = match[1].rstrip(".")
    return domain == host or domain.endswith(f".{host}") or host.endswith(f".{domain}")
