"""Countries by ISO 3166-1 code, whatever language or spelling they were written in."""

from __future__ import annotations

from features.domain import Text
from features.vocabulary.spelling import words

# Code of two letters, code of three, English name, German name, further spellings.
_COUNTRIES = """
AD AND|Andorra|Andorra
AE ARE|United Arab Emirates|Vereinigte Arabische Emirate|UAE|VAE|Dubai|Abu Dhabi
AF AFG|Afghanistan|Afghanistan
AG ATG|Antigua and Barbuda|Antigua und Barbuda
AL ALB|Albania|Albanien
AM ARM|Armenia|Armenien
AO AGO|Angola|Angola
AR ARG|Argentina|Argentinien
AT AUT|Austria|Österreich|A
AU AUS|Australia|Australien
AZ AZE|Azerbaijan|Aserbaidschan
BA BIH|Bosnia and Herzegovina|Bosnien und Herzegowina|Bosnia|Bosnien
BB BRB|Barbados|Barbados
BD BGD|Bangladesh|Bangladesch
BE BEL|Belgium|Belgien|België|Belgique
BF BFA|Burkina Faso|Burkina Faso
BG BGR|Bulgaria|Bulgarien
BH BHR|Bahrain|Bahrain
BI BDI|Burundi|Burundi
BJ BEN|Benin|Benin
BN BRN|Brunei|Brunei|Brunei Darussalam
BO BOL|Bolivia|Bolivien
BR BRA|Brazil|Brasilien|Brasil
BS BHS|Bahamas|Bahamas
BT BTN|Bhutan|Bhutan
BW BWA|Botswana|Botswana
BY BLR|Belarus|Belarus|Weißrussland
BZ BLZ|Belize|Belize
CA CAN|Canada|Kanada
CD COD|Democratic Republic of the Congo|Demokratische Republik Kongo|DR Congo|DR Kongo
CF CAF|Central African Republic|Zentralafrikanische Republik
CG COG|Congo|Kongo|Republic of the Congo
CH CHE|Switzerland|Schweiz|Suisse|Svizzera|Swiss
CI CIV|Ivory Coast|Elfenbeinküste|Côte d'Ivoire
CL CHL|Chile|Chile
CM CMR|Cameroon|Kamerun
CN CHN|China|China|People's Republic of China|PR China|VR China
CO COL|Colombia|Kolumbien
CR CRI|Costa Rica|Costa Rica
CU CUB|Cuba|Kuba
CV CPV|Cape Verde|Kap Verde|Cabo Verde
CY CYP|Cyprus|Zypern
CZ CZE|Czech Republic|Tschechien|Czechia|Tschechische Republik
DE DEU|Germany|Deutschland|Bundesrepublik Deutschland|Federal Republic of Germany|BRD|GER|D
DJ DJI|Djibouti|Dschibuti
DK DNK|Denmark|Dänemark|Danmark
DM DMA|Dominica|Dominica
DO DOM|Dominican Republic|Dominikanische Republik
DZ DZA|Algeria|Algerien
EC ECU|Ecuador|Ecuador
EE EST|Estonia|Estland
EG EGY|Egypt|Ägypten
ER ERI|Eritrea|Eritrea
ES ESP|Spain|Spanien|España
ET ETH|Ethiopia|Äthiopien
FI FIN|Finland|Finnland|Suomi
FJ FJI|Fiji|Fidschi
FO FRO|Faroe Islands|Färöer
FR FRA|France|Frankreich
GA GAB|Gabon|Gabun
GB GBR|United Kingdom|Vereinigtes Königreich|UK|Great Britain|Großbritannien|England|Scotland|Wales
GD GRD|Grenada|Grenada
GE GEO|Georgia|Georgien
GH GHA|Ghana|Ghana
GI GIB|Gibraltar|Gibraltar
GL GRL|Greenland|Grönland
GM GMB|Gambia|Gambia
GN GIN|Guinea|Guinea
GQ GNQ|Equatorial Guinea|Äquatorialguinea
GR GRC|Greece|Griechenland|Hellas
GT GTM|Guatemala|Guatemala
GW GNB|Guinea-Bissau|Guinea-Bissau
GY GUY|Guyana|Guyana
HK HKG|Hong Kong|Hongkong
HN HND|Honduras|Honduras
HR HRV|Croatia|Kroatien|Hrvatska
HT HTI|Haiti|Haiti
HU HUN|Hungary|Ungarn
ID IDN|Indonesia|Indonesien
IE IRL|Ireland|Irland|Republic of Ireland
IL ISR|Israel|Israel
IN IND|India|Indien
IQ IRQ|Iraq|Irak
IR IRN|Iran|Iran
IS ISL|Iceland|Island
IT ITA|Italy|Italien|Italia
JM JAM|Jamaica|Jamaika
JO JOR|Jordan|Jordanien
JP JPN|Japan|Japan
KE KEN|Kenya|Kenia
KG KGZ|Kyrgyzstan|Kirgisistan
KH KHM|Cambodia|Kambodscha
KM COM|Comoros|Komoren
KP PRK|North Korea|Nordkorea
KR KOR|South Korea|Südkorea|Korea|Republic of Korea
KW KWT|Kuwait|Kuwait
KZ KAZ|Kazakhstan|Kasachstan
LA LAO|Laos|Laos
LB LBN|Lebanon|Libanon
LC LCA|Saint Lucia|St. Lucia
LI LIE|Liechtenstein|Liechtenstein
LK LKA|Sri Lanka|Sri Lanka
LR LBR|Liberia|Liberia
LS LSO|Lesotho|Lesotho
LT LTU|Lithuania|Litauen
LU LUX|Luxembourg|Luxemburg
LV LVA|Latvia|Lettland
LY LBY|Libya|Libyen
MA MAR|Morocco|Marokko
MC MCO|Monaco|Monaco
MD MDA|Moldova|Moldau|Moldawien
ME MNE|Montenegro|Montenegro
MG MDG|Madagascar|Madagaskar
MK MKD|North Macedonia|Nordmazedonien|Macedonia|Mazedonien
ML MLI|Mali|Mali
MM MMR|Myanmar|Myanmar|Burma
MN MNG|Mongolia|Mongolei
MO MAC|Macao|Macau
MR MRT|Mauritania|Mauretanien
MT MLT|Malta|Malta
MU MUS|Mauritius|Mauritius
MV MDV|Maldives|Malediven
MW MWI|Malawi|Malawi
MX MEX|Mexico|Mexiko|México
MY MYS|Malaysia|Malaysia
MZ MOZ|Mozambique|Mosambik
NA NAM|Namibia|Namibia
NE NER|Niger|Niger
NG NGA|Nigeria|Nigeria
NI NIC|Nicaragua|Nicaragua
NL NLD|Netherlands|Niederlande|The Netherlands|Holland|Nederland
NO NOR|Norway|Norwegen|Norge
NP NPL|Nepal|Nepal
NZ NZL|New Zealand|Neuseeland
OM OMN|Oman|Oman
PA PAN|Panama|Panama
PE PER|Peru|Peru
PG PNG|Papua New Guinea|Papua-Neuguinea
PH PHL|Philippines|Philippinen
PK PAK|Pakistan|Pakistan
PL POL|Poland|Polen|Polska
PR PRI|Puerto Rico|Puerto Rico
PS PSE|Palestine|Palästina
PT PRT|Portugal|Portugal
PY PRY|Paraguay|Paraguay
QA QAT|Qatar|Katar
RO ROU|Romania|Rumänien
RS SRB|Serbia|Serbien
RU RUS|Russia|Russland|Russian Federation|Russische Föderation
RW RWA|Rwanda|Ruanda
SA SAU|Saudi Arabia|Saudi-Arabien|KSA
SC SYC|Seychelles|Seychellen
SD SDN|Sudan|Sudan
SE SWE|Sweden|Schweden|Sverige
SG SGP|Singapore|Singapur
SI SVN|Slovenia|Slowenien
SK SVK|Slovakia|Slowakei
SL SLE|Sierra Leone|Sierra Leone
SM SMR|San Marino|San Marino
SN SEN|Senegal|Senegal
SO SOM|Somalia|Somalia
SR SUR|Suriname|Suriname
SS SSD|South Sudan|Südsudan
SV SLV|El Salvador|El Salvador
SY SYR|Syria|Syrien
SZ SWZ|Eswatini|Eswatini|Swaziland|Swasiland
TD TCD|Chad|Tschad
TG TGO|Togo|Togo
TH THA|Thailand|Thailand
TJ TJK|Tajikistan|Tadschikistan
TL TLS|Timor-Leste|Osttimor|East Timor
TM TKM|Turkmenistan|Turkmenistan
TN TUN|Tunisia|Tunesien
TR TUR|Turkey|Türkei|Türkiye
TT TTO|Trinidad and Tobago|Trinidad und Tobago
TW TWN|Taiwan|Taiwan
TZ TZA|Tanzania|Tansania
UA UKR|Ukraine|Ukraine
UG UGA|Uganda|Uganda
US USA|United States|Vereinigte Staaten|United States of America|America|Amerika|U.S.|U.S.A.
UY URY|Uruguay|Uruguay
UZ UZB|Uzbekistan|Usbekistan
VA VAT|Vatican City|Vatikanstadt|Holy See
VE VEN|Venezuela|Venezuela
VN VNM|Vietnam|Vietnam|Viet Nam
XK XKX|Kosovo|Kosovo
YE YEM|Yemen|Jemen
ZA ZAF|South Africa|Südafrika
ZM ZMB|Zambia|Sambia
ZW ZWE|Zimbabwe|Simbabwe
"""


def _read() -> tuple[dict[str, str], dict[str, Text]]:
    codes: dict[str, str] = {}
    names: dict[str, Text] = {}
    for line in _COUNTRIES.strip().splitlines():
        iso, english, german, *further = line.split("|")
        code, long_code = iso.split()
        names[code] = Text(english, german)
        for spelling in (code, long_code, english, german, *further):
            codes[words(spelling)] = code
    return codes, names


_CODES, NAMES = _read()


def country(name: str) -> str:
    """Return the two-letter code of a country; a name that is none stays as it is, as a category of its own.

    Examples
    --------
    >>> country("Deutschland"), country("GERMANY"), country("de"), country("Asia/Pacific Region")
    ('DE', 'DE', 'DE', 'Asia/Pacific Region')
    """
    return _CODES.get(words(name), name)
