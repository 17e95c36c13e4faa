"""What a reply means: whether a person wants to hear no more, to hear again, or asks for help."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["KEYWORDS", "MEANINGS", "NO_KEYWORDS", "Keywords", "folded", "meaning_of"]

#: What a number may have words of its own for, and what may be answered.
MEANINGS: Final = ("stop", "start", "help")


@dataclass(frozen=True, slots=True)
class _Language:
    """The words of one language."""

    #: Refusals that nobody means otherwise, whatever the number.
    stop: str = ""
    #: Refusals to a number of these countries; elsewhere only as an answer to marketing.
    local_stop: str = ""
    start: str = ""
    help: str = ""
    #: ISO 3166, where the language is spoken.
    countries: str = ""


#: Language -> its words, `_` for a space within a word.
#: Source: Twilio's and AWS' documentation of opt-out keywords (English, French); 47 CFR
#: 64.1200(a)(10) (per-se words); carriers' practice for the others, to be looked at by speakers.
KEYWORDS: Final[Mapping[str, _Language]] = MappingProxyType({
    "en": _Language(
        "stop stopall stop_all unsubscribe cancel end quit revoke remove optout opt_out",
        "", "start unstop subscribe resubscribe optin opt_in", "help info",
        "US CA GB IE AU NZ SG IN ZA PH NG KE",
    ),
    "zh": _Language(
        "退订 拒收 取消 取消订阅 取消訂閱 退訂 不要再发 别再发 不要再發 不再接收 "
        "停止接收 停止发送 屏蔽",
        "td 退 tui 0 00 000 0000", "订阅 訂閱 恢复 恢复订阅 恢復訂閱 重新订阅 dy", "帮助 幫助 客服",
        "CN HK TW MO SG MY",
    ),
    "fr": _Language("arret arreter desabonner desinscrire desinscription stop_sms",
                    "td fin", "", "aide", "FR BE CH CA LU MC"),
    "de": _Language("stopp abmelden abbestellen abmeldung", "ende", "anmelden", "hilfe",
                    "DE AT CH LI LU"),
    "es": _Language("baja darse_de_baja cancelar", "alto parar no", "alta", "ayuda info",
                    "ES MX AR CO CL PE UY EC VE CR PA DO US"),
    "pt": _Language("cancelar descadastrar", "sair parar pare", "voltar", "ajuda", "PT BR AO MZ"),
    "it": _Language("annulla cancellami disiscrivimi", "ferma basta", "iscrivimi", "aiuto",
                    "IT CH"),
    "nl": _Language("afmelden uitschrijven", "stoppen", "aanmelden", "hulp", "NL BE"),
    "pl": _Language("rezygnuje wypisz", "koniec", "", "pomoc", "PL"),
    "sv": _Language("avsluta avregistrera", "slut", "", "hjalp", "SE FI"),
    "da": _Language("afmeld framelding", "slut", "tilmeld", "hjaelp", "DK"),
    "nb": _Language("avmeld", "slutt", "", "hjelp", "NO"),
    "ja": _Language("停止 配信停止 解除 配信解除 ストップ", "不要", "再開 配信再開", "ヘルプ",
                    "JP"),
    "ko": _Language("수신거부 거부 무료거부", "중지", "수신동의", "도움말", "KR"),
    "th": _Language("ยกเลิก หยุด", "", "สมัคร", "ช่วยเหลือ", "TH"),
    "vi": _Language("huy_dang_ky tu_choi", "tc huy", "dang_ky", "tro_giup", "VN"),
    "id": _Language("berhenti", "stop_sms unreg", "daftar", "bantuan", "ID"),
    "ms": _Language("batal berhenti", "henti", "mula", "bantuan", "MY BN SG"),
    "ru": _Language("стоп отписка отписаться отписать", "хватит", "подписка", "помощь",
                    "RU BY KZ KG"),
    "uk": _Language("стоп відписатися відписка", "", "підписка", "допомога", "UA"),
    "ar": _Language("إلغاء توقف الغاء إيقاف", "قف", "اشتراك", "مساعدة",
                    "SA AE EG KW QA BH OM JO LB MA DZ TN IQ"),
    "tr": _Language("iptal", "ret dur", "abone", "yardim", "TR"),
    "he": _Language("הסר הסירו", "", "", "עזרה", "IL"),
    "hi": _Language("बंद रोकें", "", "", "मदद", "IN"),
})  # fmt: skip
#: Bare letters and digits, which mean anything unless they answer a marketing message.
_AS_ANSWER: Final = "r t n td tc ret q no 0 00 0000"
#: A yes is an answer only to those who asked: what was asked, the caller knows.
_YES: Final = "yes y ok si oui ja sim da 是 好 确认 确定 同意 はい 네 예 evet да"
#: Said around a word that means something; a reply of nothing else means nothing.
_FILLERS: Final = (
    "please pls plz thanks thank you now all me my the this it sms text texts texting messages "
    "message msg sending to from your list bitte danke merci svp gracias por favor me les"
)
_FILLERS_CJK: Final = (
    "谢谢", "謝謝", "请", "請", "我要", "我想", "给我", "帮我", "回复", "短信", "简讯", "信息",
    "消息", "推送", "我", "了", "吧", "啊", "呢", "你们", "你", "お願いします", "してください",
    "ください",
)  # fmt: skip
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_LONGEST: Final = 200


def folded(written: str) -> str:
    """Return a word as it is compared: no case, width, accents, punctuation or spaces."""
    return "".join(_tokens(written))


def _tokens(written: str) -> list[str]:
    """Return the words of a reply, folded."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", written[:_LONGEST]).casefold())
    whole = unicodedata.normalize("NFKC", plain)
    # `opt-out` is one word, `stop.please` two: a hyphen joins, all other signs divide.
    spaced = "".join(
        letter if letter.isalnum() or _is_mark(letter) else "" if letter in "-'’`" else " "
        for letter in whole
    )
    return spaced.split()


def _is_mark(letter: str) -> bool:
    """Say whether a character belongs to the one before it, as in Thai words."""
    return unicodedata.category(letter) in {"Mn", "Mc"}


def _words(listed: str) -> frozenset[str]:
    """Return the folded words of a list."""
    return frozenset(folded(word.replace("_", " ")) for word in listed.split())


@dataclass(frozen=True, slots=True)
class Keywords:
    """The words that one number knows besides everybody's, by meaning; folded."""

    words: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, listed: Mapping[str, Sequence[str]]) -> Keywords:
        """Return the words of lists as people write them."""
        return cls(
            MappingProxyType({
                meaning: frozenset(folded(word) for word in words) - {""}
                for meaning, words in listed.items()
            })
        )  # fmt: skip

    @property
    def doubled(self) -> frozenset[str]:
        """Return words that stand under two meanings, or are a refusal everywhere."""
        seen: set[str] = set()
        twice: set[str] = set()
        for meaning in MEANINGS:
            mine = self.words.get(meaning, frozenset())
            twice |= mine & seen
            if meaning != "stop":
                # Nobody's own word may stand in the way of a refusal.
                twice |= mine & _STOP
            seen |= mine
        return frozenset(twice)

    def meaning(self, word: str) -> str:
        """Return the meaning of a folded word, or ""."""
        return next((name for name in MEANINGS if word in self.words.get(name, ())), "")


NO_KEYWORDS: Final = Keywords(MappingProxyType({}))

_STOP: Final = frozenset().union(*(_words(one.stop) for one in KEYWORDS.values()))
_START: Final = frozenset().union(*(_words(one.start) for one in KEYWORDS.values()))
_HELP: Final = frozenset().union(*(_words(one.help) for one in KEYWORDS.values()))
_LOCAL: Final[Mapping[str, frozenset[str]]] = MappingProxyType({
    country: frozenset().union(
        *(_words(one.local_stop) for one in KEYWORDS.values() if country in one.countries.split())
    )
    for country in {name for one in KEYWORDS.values() for name in one.countries.split()}
})  # fmt: skip
_ANSWERS: Final = _words(_AS_ANSWER) | frozenset().union(*_LOCAL.values())
#: Never a refusal by themselves, not even to a number of the country: anybody types them.
_BARE: Final = _words(_AS_ANSWER)
_SAID_YES: Final = _words(_YES)
_AROUND: Final = _words(_FILLERS)
#: Inside a longer text these make a person look at it; `end` and `cancel` stand in any sentence.
_HINTS: Final = _words("stop unsubscribe optout revoke spam") | _STOP - _words(
    KEYWORDS["en"].stop + " 取消 屏蔽 停止 解除 cancelar baja"
)
_HINTS_CJK: Final = (
    "退订", "退訂", "拒收", "别再", "不要再", "不要发", "别发", "投诉", "骚扰",
    "配信停止", "수신거부",
)  # fmt: skip


def meaning_of(
    reply: str, *, answers_marketing: bool, own: Keywords = NO_KEYWORDS, country: str = ""
) -> str:
    """Return stop, start, help, yes, unclear or other.

    `unclear` is a longer text that speaks of stopping: a person has to read it.

    Args:
        reply: what the person wrote; case, width, accents, spaces and punctuation do not matter.
        answers_marketing: they were sent marketing on this channel in the last 72 hours, so a
            bare letter is an answer to it.
        own: the words of the number that was written to.
        country: ISO 3166 country of the person's own number.
    """
    tokens = _tokens(reply)
    whole = "".join(tokens)
    if not whole:
        return "other"
    said = [whole, "".join(token for token in tokens if token not in _AROUND), _bare_cjk(whole)]
    for word in dict.fromkeys(said):
        found = _meaning(word, own, country, answers_marketing=answers_marketing)
        if found:
            return found
    spoken = _HINTS & set(tokens) or any(hint in whole for hint in _HINTS_CJK)
    return "unclear" if spoken else "other"


def _meaning(word: str, own: Keywords, country: str, *, answers_marketing: bool) -> str:
    """Return what one folded word means, or ""."""
    if word in _STOP:
        return "stop"
    if mine := own.meaning(word):
        return mine
    if word in _LOCAL.get(country, ()) and word not in _BARE:
        return "stop"
    if answers_marketing and word in _ANSWERS:
        return "stop"
    if word in _START:
        return "start"
    if word in _HELP:
        return "help"
    return "yes" if word in _SAID_YES else ""


def _bare_cjk(whole: str) -> str:
    """Return a reply without what is said around a word in languages that write no spaces."""
    before = ""
    while before != whole:
        before = whole
        for filler in _FILLERS_CJK:
            if whole != filler:
                whole = whole.removeprefix(filler).removesuffix(filler)
    return whole
