"""The vendors' own SDKs speak to our fakes: what the fakes take for well signed, is.

So what our own providers sign is held to the vendors', though both were written by us.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from alibabacloud_dysmsapi20170525 import models as aliyun
from alibabacloud_dysmsapi20170525.client import Client as AliyunClient
from alibabacloud_tea_openapi.utils_models import Config
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models as tencent
from tencentcloud.sms.v20210111.sms_client import SmsClient
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client as TwilioClient

from huiliu.channels.twilio import signature
from huiliu.fakes.providers.aliyun import FakeAliyun
from huiliu.fakes.providers.cloud import FakeCloud
from huiliu.fakes.providers.tencent import FakeTencent
from huiliu.fakes.providers.twilio import FakeTwilio


def _now() -> int:
    """Return the time of the machine: SDKs read no other."""
    return time.time_ns() // 1_000


def _aliyun(cloud: FakeCloud, **changed: str) -> AliyunClient:
    """Return Alibaba's client, pointed at a fake."""
    config = cloud.config | changed
    return AliyunClient(
        Config(
            access_key_id=config["access_key_id"],
            access_key_secret=config["access_key_secret"],
            endpoint=f"{cloud.host}:{cloud.port}",
            protocol="http",
        )
    )


def test_alibaba_s_sdk_is_understood() -> None:
    """One message, a call of several, and a question are signed as the fake expects."""
    at = _now()  # the fake's clock stands still, lest a day in China ends between two calls
    with FakeAliyun(now=lambda: at, templates={"SMS_1": "验证码${code}"}) as cloud:
        client = _aliyun(cloud)
        one = client.send_sms(
            aliyun.SendSmsRequest(
                phone_numbers="13800010001", sign_name="青山 茶铺", template_code="SMS_1",
                template_param='{"code":"1 2~*\'()"}', out_id="a" * 24,
            )
        )  # fmt: skip
        assert one.body.code == "OK"
        many = client.send_batch_sms(
            aliyun.SendBatchSmsRequest(
                phone_number_json='["13800010002","13800010003"]',
                sign_name_json='["青山茶铺","青山茶铺"]', template_code="SMS_1",
                template_param_json='[{"code":"2"},{"code":"3"}]',
            )
        )  # fmt: skip
        assert many.body.code == "OK"
        day = time.strftime("%Y%m%d", time.gmtime(at // 1_000_000 + 8 * 3600))
        found = client.query_send_details(
            aliyun.QuerySendDetailsRequest(
                phone_number="13800010001", send_date=day, page_size=10, current_page=1
            )
        )
        rows = found.body.sms_send_detail_dtos.sms_send_detail_dto
        assert [(row.out_id, row.send_status) for row in rows] == [("a" * 24, 3)]
        assert [one.text for one in cloud.arrivals.take()] == [
            "【青山 茶铺】验证码1 2~*'()", "【青山茶铺】验证码2", "【青山茶铺】验证码3"
        ]  # fmt: skip


def test_alibaba_s_sdk_with_another_secret_is_refused() -> None:
    """The fake does check: the same call with a wrong secret is not taken."""
    with FakeAliyun(now=_now) as cloud:
        client = _aliyun(cloud, access_key_secret="wrong")
        with pytest.raises(Exception, match="SignatureDoesNotMatch"):
            client.send_sms(aliyun.SendSmsRequest(phone_numbers="13800010001"))
        assert cloud.arrivals.report()["by_outcome"] == {"refused": 1}


def _tencent(cloud: FakeCloud, **changed: str) -> SmsClient:
    """Return Tencent's client, pointed at a fake."""
    config = cloud.config | changed
    profile = ClientProfile()
    profile.httpProfile = HttpProfile(protocol="http", endpoint=f"{cloud.host}:{cloud.port}")
    who = credential.Credential(config["secret_id"], config["secret_key"])
    return SmsClient(who, "ap-guangzhou", profile)


def test_tencent_s_sdk_is_understood() -> None:
    """A call for two numbers is signed as the fake expects, and answered for each."""
    with FakeTencent(now=_now, templates={"1110": "您的订单{1}已发货"}) as cloud:
        asked = tencent.SendSmsRequest()
        asked.PhoneNumberSet = ["+8613800010001", "+8613800019012"]
        asked.SmsSdkAppId = cloud.config["app_id"]
        asked.SignName, asked.TemplateId, asked.TemplateParamSet = "青山茶铺", "1110", ["A/1"]
        rows = _tencent(cloud).SendSms(asked).SendStatusSet
        assert [row.Code for row in rows] == ["Ok", "FailedOperation.PhoneNumberInBlacklist"]
        assert [one.text for one in cloud.arrivals.take()] == ["【青山茶铺】您的订单A/1已发货"]


def test_tencent_s_sdk_with_another_secret_is_refused() -> None:
    """The fake does check: the same call with a wrong secret is not taken."""
    with FakeTencent(now=_now) as cloud:
        client = _tencent(cloud, secret_key="wrong")
        with pytest.raises(TencentCloudSDKException, match=r"AuthFailure\.SignatureFailure"):
            client.SendSms(tencent.SendSmsRequest())


class _Redirected(TwilioHttpClient):  # type: ignore[misc] # the SDK has no types
    """Twilio's way out, led to a fake: the SDK knows no other host than its own."""

    def __init__(self, to: str) -> None:
        """Hold where the fake is."""
        super().__init__()
        self._to = to

    def request(self, method: str, url: str, *rest: Any, **more: Any) -> Any:  # the SDK's own
        """Call the fake instead."""
        return super().request(
            method, url.replace("https://api.twilio.com", self._to), *rest, **more
        )


def _twilio(cloud: FakeCloud, token: str = "") -> TwilioClient:
    """Return Twilio's client, pointed at a fake."""
    config = cloud.config
    return TwilioClient(
        config["account_sid"], token or config["auth_token"], http_client=_Redirected(cloud.url)
    )


def test_twilio_s_sdk_is_understood() -> None:
    """A message is made and asked for, and an error comes as the SDK reads errors."""
    with FakeTwilio(now=_now) as cloud:
        client = _twilio(cloud)
        made = client.messages.create(
            to="+14155550101", from_=cloud.config["sender"], body="Hello & goodbye"
        )
        assert (made.status, made.num_segments) == ("queued", "1")
        assert client.messages(made.sid).fetch().status == "delivered"
        with pytest.raises(TwilioRestException) as told:
            client.messages.create(to="+14155559012", from_=cloud.config["sender"], body="Hello")
        assert told.value.code == 21610
        with pytest.raises(TwilioRestException):
            _twilio(cloud, "wrong").messages.create(to="+14155550101", body="Hello")


def test_twilio_s_sdk_finds_the_same_signature() -> None:
    """Pushes of the fake pass Twilio's own validator, and ours agrees with it on odd forms."""
    with FakeTwilio(now=_now) as cloud:
        cloud.callback_url = "https://brand.example/callbacks/x?m=1"
        cloud.reply("+14155550101", "STOP ✋ + & =")
        (push,) = cloud.take()
    token = cloud.config["auth_token"]
    form = parse_qsl(push.body.decode(), keep_blank_values=True)
    given = push.headers["X-Twilio-Signature"]
    assert RequestValidator(token).validate(push.url, dict(form), given)
    assert signature(token, push.url, form) == given
    odd = [("B", "2"), ("A", ""), ("Ä", "é"), ("a", "x y")]
    validator = RequestValidator(token)
    params: Mapping[str, str] = dict(parse_qsl(urlencode(odd), keep_blank_values=True))
    assert signature(token, push.url, odd) == validator.compute_signature(push.url, params)
