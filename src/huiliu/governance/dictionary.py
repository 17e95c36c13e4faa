"""The data dictionary: which traits and properties are personal, told by their names.

A name is read word by word (`receiverPhone`, `receiver_phone` and `Receiver Phone` are one), so
the tables hold words, not spellings. Values are looked at by detection.py.
"""

# ruff: noqa: ISC004 - a row is a rule and its names, however many lines they take
from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from huiliu.kernel.events import IdentifierType

__all__ = ["FIELDS", "Class", "Place", "Rule", "are_kept", "rule_of"]


class Class(Enum):
    """What becomes of a value."""

    #: Names the person: keyed hash in the log, raw value in the vault.
    IDENTIFIER = "identifier"
    #: Personal, names nobody by itself: raw value in the vault, a token in its place.
    SENSITIVE = "sensitive"
    #: Kept as it is, even if its digits look like a phone number: order ids and the like.
    PSEUDONYMOUS = "pseudonymous"
    #: Made from a personal value and kept: e-mail domain, birth month and day.
    DERIVED = "derived"
    #: Never stored anywhere: passwords, IP addresses.
    DROPPED = "dropped"


class Place(Enum):
    """Where a name stands: `name` is a person's in traits and a product's in properties."""

    TRAITS = "traits"
    PROPERTIES = "properties"


@dataclass(frozen=True, slots=True)
class Rule:
    """What the dictionary says of one name."""

    class_: Class
    #: The canonical field: under it the value is normalised, tokenised and vaulted.
    field: str
    #: Which identifier it is, where it is one.
    type: IdentifierType | None = None
    #: True when what lies inside describes a person, whatever its own place.
    person_inside: bool = False


_I = IdentifierType
_EMAIL = Rule(Class.IDENTIFIER, "email", _I.EMAIL)
_PHONE = Rule(Class.IDENTIFIER, "phone", _I.PHONE)
_DROP = Rule(Class.DROPPED, "dropped")
_KEEP = Rule(Class.PSEUDONYMOUS, "kept")


def _sensitive(field: str) -> Rule:
    """Return the rule of a sensitive field."""
    return Rule(Class.SENSITIVE, field)


_NAME, _ADDRESS, _TEXT = _sensitive("name"), _sensitive("address"), _sensitive("text")
_DEVICE, _DOCUMENT = _sensitive("device"), _sensitive("document")
_PERSON = Rule(Class.SENSITIVE, "name", person_inside=True)
_PLACE = Rule(Class.SENSITIVE, "address", person_inside=True)


def _table(*rows: tuple[Rule, str]) -> dict[str, Rule]:
    """Return name -> rule of rows that list names in one string."""
    return {name: rule for rule, names in rows for name in names.split()}


#: Whole names, folded to letters and digits, that are personal wherever they stand.
FIELDS: Final = _table(
    (_EMAIL, "email mail emailaddress useremail 邮箱 电子邮箱 电子邮件"),
    (_PHONE, "phone mobile phonenumber mobilenumber mobilephone cellphone telephone tel msisdn "
             "手机 手机号 手机号码 电话 联系电话"),
    (Rule(Class.IDENTIFIER, "wechat_openid", _I.WECHAT_OPENID),
     "openid wechatopenid wxopenid weixinopenid"),
    (Rule(Class.IDENTIFIER, "wechat_unionid", _I.WECHAT_UNIONID),
     "unionid wechatunionid wxunionid weixinunionid"),
    (Rule(Class.IDENTIFIER, "member_card", _I.MEMBER_CARD),
     "membercard membercardno membercardnumber membercardid memberno membernumber "
     "loyaltycard loyaltyid 会员卡 会员卡号"),
    (Rule(Class.IDENTIFIER, "device_token", _I.DEVICE_TOKEN), "devicetoken pushtoken"),
    (Rule(Class.IDENTIFIER, "wecom_userid", _I.WECOM_USERID),
     "externaluserid wecomuserid wecomexternaluserid"),
    (Rule(Class.IDENTIFIER, "douyin_openid", _I.DOUYIN_OPENID), "douyinopenid"),
    (_NAME, "firstname lastname middlename fullname givenname familyname surname nickname realname "
            "username displayname screenname 姓名 名字 昵称 真实姓名 收件人 收货人 联系人"),
    (_PERSON, "recipient receiver consignee buyer contact sender payer payee customer user person"),
    (_PLACE, "address addr shippingaddress billingaddress deliveryaddress homeaddress shipping "
             "billing 地址 详细地址 收货地址"),
    (_ADDRESS, "street street1 street2 streetaddress address1 address2 addressline addressline1 "
               "addressline2 line1 line2 postalcode postcode zip zipcode doorplate 街道 门牌 邮编"),
    (_sensitive("birthday"), "birthday birthdate dateofbirth dob bday 生日 出生日期"),
    (_sensitive("id_card"), "idcard idcardno idcardnumber identitycard identitynumber idnumber "
                            "nationalid citizenid 身份证 身份证号 身份证号码"),
    (_DOCUMENT, "passport passportno passportnumber ssn taxid cpf cnpj rg drivinglicense "
                "driverlicense licenseplate platenumber bankcard bankaccount creditcard cardnumber "
                "iban accountnumber 护照 护照号 银行卡 银行卡号 车牌 车牌号"),
    (_DEVICE, "idfa idfv oaid imei imsi meid androidid adid gaid advertisingid deviceid "
              "macaddress mac serialnumber"),
    (_TEXT, "comment comments note notes remark remarks feedback message reviewtext reviewtitle "
            "reviewbody reviewcomment selfintroduction bio signature sharemessage 备注 留言 评论 "
            "签名"),
    (_sensitive("picture"), "avatar avatarurl photo photourl portrait headimgurl headimage 头像"),
    (_DROP, "password passwd pwd passphrase secret accesstoken refreshtoken apikey authorization "
            "cookie cvv cvc ip ipaddress clientip remoteip userip 密码"),
    (_KEEP, "orderid orderno ordernumber ordersn productid sku skuid variant variantid itemid "
            "checkoutid cartid couponid transactionid paymentid shipmentid trackingnumber "
            "trackingno trackingid sellerid storeid shopid categoryid brandid reviewid barcode "
            "gtin ean upc isbn runid templateid segment campaignid"),
)  # fmt: skip

#: Names that are personal in traits only.
_IN_TRAITS: Final = _table(
    (_NAME, "name"), (_TEXT, "description about website"), (_DEVICE, "useragent")
)

#: Last words that make a longer name personal: `receiver_mobile`, `contactEmail`.
_LAST_WORDS: Final = _table(
    (_sensitive("email"), "email mail 邮箱"),
    (_sensitive("phone"), "phone mobile tel telephone cellphone msisdn 手机 手机号 电话"),
    (_ADDRESS, "address addr street postcode zipcode 地址"),
    (_TEXT, "comment comments note notes remark remarks feedback 备注 留言"),
    (_NAME, "nickname username fullname firstname lastname surname 姓名"),
    (_DROP, "password passwd pwd ip"),
    (_sensitive("birthday"), "birthday birthdate 生日"),
)  # fmt: skip

#: `<one of these> name` is a person's name.
_WHOSE_NAME: Final = frozenset(
    {
        "first", "last", "middle", "full", "given", "family", "real", "nick", "user", "display",
        "customer", "buyer", "receiver", "recipient", "consignee", "contact", "person", "member",
        "holder", "sender", "payer", "payee", "account", "cardholder", "guest", "owner",
        "shipping", "billing",
    }
)  # fmt: skip

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_NOT_LETTERS = re.compile(r"[\W_]+")


@lru_cache(maxsize=8192)
def rule_of(place: Place, name: str) -> Rule | None:
    """Return what the dictionary says of a name, or None where only the value can tell."""
    folded = _NOT_LETTERS.sub("", name).lower()
    if place is Place.TRAITS and (found := _IN_TRAITS.get(folded)):
        return found
    if found := FIELDS.get(folded) or FIELDS.get(folded.rstrip("0123456789")):
        return found
    words = [word.lower() for word in _WORDS.findall(name) if not word.isdigit()]
    if len(words) < 2:
        return None
    if words[-1] == "name" and words[-2] in _WHOSE_NAME:
        return _NAME
    found = _LAST_WORDS.get(words[-1])
    if found is None and words[-1] in {"number", "no"}:
        found = _LAST_WORDS.get(words[-2])
    return found


@lru_cache(maxsize=8192)
def are_kept(names: tuple[str, ...]) -> bool:
    """Say whether none of an event's property names is personal: their values may stay."""
    rules = [rule_of(Place.PROPERTIES, name) for name in names]
    return all(rule is None or rule.class_ is Class.PSEUDONYMOUS for rule in rules)
