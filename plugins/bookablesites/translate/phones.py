"""Telephone numbers: any spelling in, ``+`` and digits out, and the country a calling code belongs to."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.records import Customer, Location, Resource
from plugins.bookablesites.translate.values import stored_extras

#: Calling codes, each with one country; where several share a code, with the largest.
_CODES = (
    "1us 7ru 20eg 27za 30gr 31nl 32be 33fr 34es 36hu 39it 40ro 41ch 43at 44gb 45dk 46se 47no 48pl 49de 51pe 52mx 53cu "
    "54ar 55br 56cl 57co 58ve 60my 61au 62id 63ph 64nz 65sg 66th 81jp 82kr 84vn 86cn 90tr 91in 92pk 93af 94lk 95mm "
    "98ir 211ss 212ma 213dz 216tn 218ly 220gm 221sn 222mr 223ml 224gn 225ci 226bf 227ne 228tg 229bj 230mu 231lr 232sl "
    "233gh 234ng 235td 236cf 237cm 238cv 239st 240gq 241ga 242cg 243cd 244ao 245gw 248sc 249sd 250rw 251et 252so 253dj "
    "254ke 255tz 256ug 257bi 258mz 260zm 261mg 262re 263zw 264na 265mw 266ls 267bw 268sz 269km 291er 297aw 298fo 299gl "
    "350gi 351pt 352lu 353ie 354is 355al 356mt 357cy 358fi 359bg 370lt 371lv 372ee 373md 374am 375by 376ad 377mc 378sm "
    "380ua 381rs 382me 383xk 385hr 386si 387ba 389mk 420cz 421sk 423li 501bz 502gt 503sv 504hn 505ni 506cr 507pa 509ht "
    "590gp 591bo 592gy 593ec 594gf 595py 596mq 597sr 598uy 599cw 673bn 675pg 676to 677sb 678vu 679fj 685ws 689pf 852hk "
    "853mo 855kh 856la 880bd 886tw 960mv 961lb 962jo 963sy 964iq 965kw 966sa 967ye 968om 970ps 971ae 972il 973bh 974qa "
    "975bt 976mn 977np 992tj 993tm 994az 995ge 996kg 998uz"
)
_COUNTRIES = {code[:-2]: code[-2:] for code in _CODES.split()}
_SPELLING = re.compile(r"\+?[\d\s().\-/]{3,40}", re.ASCII)


def to_phone_number(text: str | None, field: str = "phone") -> str:
    """``+`` and digits; empty for none. A number without ``+`` becomes digits alone.

    Raises:
        Invalid: Not a telephone number.
    """
    text = (text or "").strip()
    if not text:
        return ""
    digits = re.sub(r"\D", "", text)
    if not _SPELLING.fullmatch(text) or not 3 <= len(digits) <= 20:
        raise Invalid(field=field, reason="phone", value=text)
    return ("+" if text.startswith("+") else "") + digits


def country_of(number: str) -> str | None:
    """ISO letters of the number's calling code, in lower case; None without a known code."""
    if not number.startswith("+"):
        return None
    return next((_COUNTRIES[number[1:end]] for end in (4, 3, 2) if number[1:end] in _COUNTRIES), None)


def read_phone(fields: Mapping[str, Any], values: dict[str, Any], stored: dict[str, Any]) -> None:
    """Take ``phone`` into the record's ``values`` and its country into the ``stored`` fields of this dialect."""
    if "phone" in fields:
        values["phone"] = to_phone_number(fields["phone"])
        stored["phone_country_code"] = country_of(values["phone"])
    if fields.get("phone_country_code"):
        stored["phone_country_code"] = fields["phone_country_code"].lower()


def shown_number(number: str) -> str | None:
    """A stored number as replies show it; one in an unknown spelling stays as it is, an empty one is null."""
    with suppress(Invalid):
        number = to_phone_number(number)
    return number or None


def to_phone_fields(record: Customer | Location | Resource) -> dict[str, Any]:
    """``phone_number`` and ``phone_country_code`` of a customer, employee or location."""
    number = shown_number(record.phone)
    country = stored_extras(record).get("phone_country_code") or country_of(number or "")
    return {"phone_number": number, "phone_country_code": country if number else None}
