"""Access keys, passwords and OpenID Connect providers over the wire."""

import re
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.live import ACCOUNT, LiveServer
from tests.protocol.identity import client_of, document, fresh, missing, new_account, refused

GOOD = "Sehr-lang-17"
OTHER = "Noch-laenger-18"


@pytest.fixture(scope="session")
def iam(server: LiveServer) -> Any:
    return server.client("iam")


@pytest.fixture
def user(iam: Any) -> str:
    name = fresh("user")
    iam.create_user(UserName=name)
    return name


@pytest.fixture
def alone(server: LiveServer) -> Any:
    return new_account(server)


def test_access_keys(iam: Any, user: str) -> None:
    made = iam.create_access_key(UserName=user)["AccessKey"]
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", made["AccessKeyId"])
    assert len(made["SecretAccessKey"]) == 40
    assert (made["UserName"], made["Status"]) == (user, "Active")
    (listed,) = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    del made["SecretAccessKey"]
    assert listed == made
    iam.create_access_key(UserName=user)
    told = "Cannot exceed quota for AccessKeysPerUser: 2"
    refused("LimitExceeded", 409, told, iam.create_access_key, UserName=user)
    first = iam.list_access_keys(UserName=user, MaxItems=1)
    assert first["IsTruncated"] is True


def test_an_inactive_key_opens_nothing(iam: Any, user: str, server: LiveServer) -> None:
    key = iam.create_access_key(UserName=user)["AccessKey"]
    sts = client_of(server, key, "sts")
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{user}"
    named = {"UserName": user, "AccessKeyId": key["AccessKeyId"]}
    iam.update_access_key(**named, Status="Inactive")
    (listed,) = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    assert listed["Status"] == "Inactive"
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        sts.get_caller_identity()
    iam.update_access_key(**named, Status="Active")
    sts.get_caller_identity()
    iam.delete_access_key(**named)
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        sts.get_caller_identity()
    told = f"The Access Key with id {key['AccessKeyId']} cannot be found."
    missing(told, iam.delete_access_key, **named)
    missing(told, iam.update_access_key, **named, Status="Active")
    refused(
        "InvalidInput",
        400,
        "Status Expired cannot be set\\.",
        iam.update_access_key,
        **named,
        Status="Expired",
    )


def test_when_a_key_was_last_used(iam: Any, user: str, server: LiveServer) -> None:
    key = iam.create_access_key(UserName=user)["AccessKey"]
    never = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert never["UserName"] == user
    assert never["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    client_of(server, key, "sts").get_caller_identity()
    end = time.monotonic() + 30
    while True:
        # Another worker may have answered, which tells of it a little later.
        used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
        if "LastUsedDate" in used or time.monotonic() > end:
            break
        time.sleep(0.5)
    assert (used["ServiceName"], used["Region"]) == ("sts", "us-east-1")
    gone = "AKIAAAAAAAAAAAAAAAAA"
    told = f"The Access Key with id {gone} cannot be found."
    missing(told, iam.get_access_key_last_used, AccessKeyId=gone)


def test_root_has_keys_too(alone: Any) -> None:
    (own,) = alone.list_access_keys()["AccessKeyMetadata"]
    assert "UserName" not in own
    made = alone.create_access_key()["AccessKey"]
    assert "UserName" not in made
    alone.update_access_key(AccessKeyId=made["AccessKeyId"], Status="Inactive")
    alone.delete_access_key(AccessKeyId=made["AccessKeyId"])
    assert [key["AccessKeyId"] for key in alone.list_access_keys()["AccessKeyMetadata"]] == [
        own["AccessKeyId"]
    ]


def test_keys_of_another_account_are_not_seen(iam: Any, alone: Any) -> None:
    (own,) = alone.list_access_keys()["AccessKeyMetadata"]
    told = f"The Access Key with id {own['AccessKeyId']} cannot be found."
    missing(told, iam.get_access_key_last_used, AccessKeyId=own["AccessKeyId"])


def test_login_profiles(iam: Any, user: str) -> None:
    told = f"Login Profile for User {user} cannot be found."
    missing(told, iam.get_login_profile, UserName=user)
    missing(told, iam.delete_login_profile, UserName=user)
    missing(told, iam.update_login_profile, UserName=user, Password=GOOD)
    made = iam.create_login_profile(UserName=user, Password=GOOD, PasswordResetRequired=True)
    assert made["LoginProfile"]["UserName"] == user
    assert iam.get_login_profile(UserName=user)["LoginProfile"] == made["LoginProfile"]
    assert made["LoginProfile"]["PasswordResetRequired"] is True
    told = f"Login Profile for user {user} already exists\\."
    again = {"UserName": user, "Password": GOOD}
    refused("EntityAlreadyExists", 409, told, iam.create_login_profile, **again)
    iam.update_login_profile(UserName=user, PasswordResetRequired=False)
    assert iam.get_login_profile(UserName=user)["LoginProfile"]["PasswordResetRequired"] is False
    iam.delete_login_profile(UserName=user)
    refused("ValidationError", 400, "Must specify a password\\.", iam.create_login_profile)


@pytest.mark.parametrize("password", ["short", "alllowercaseletters", "UPPERlower", "12345678"])
def test_passwords_that_the_default_rules_refuse(iam: Any, user: str, password: str) -> None:
    refused(
        "PasswordPolicyViolation",
        400,
        "Password should have .*",
        iam.create_login_profile,
        UserName=user,
        Password=password,
    )


def test_a_secret_is_not_repeated(iam: Any, user: str) -> None:
    told = "1 validation error detected: Value at 'password' failed to satisfy constraint: .*"
    long = {"UserName": user, "Password": "x" * 129}
    refused("ValidationError", 400, told, iam.create_login_profile, **long)


def test_a_user_changes_its_password(iam: Any, user: str, server: LiveServer) -> None:
    key = iam.create_access_key(UserName=user)["AccessKey"]
    iam.put_user_policy(
        UserName=user, PolicyName="own", PolicyDocument=document("iam:ChangePassword")
    )
    iam.create_login_profile(UserName=user, Password=GOOD)
    own = client_of(server, key)
    told = "The old password was incorrect\\."
    wrong = {"OldPassword": OTHER, "NewPassword": OTHER}
    refused("AccessDenied", 403, told, own.change_password, **wrong)
    own.change_password(OldPassword=GOOD, NewPassword=OTHER)
    own.change_password(OldPassword=OTHER, NewPassword=GOOD)
    told = "Only IAM Users can change their own password"
    refused("InvalidUserType", 400, told, iam.change_password, **wrong)


def test_the_password_policy_of_an_account(alone: Any) -> None:
    account = alone.get_user()["User"]["UserId"]
    told = f"The Password Policy with domain name {account} cannot be found."
    missing(told, alone.get_account_password_policy)
    missing(told, alone.delete_account_password_policy)
    alone.update_account_password_policy(
        MinimumPasswordLength=10,
        RequireSymbols=True,
        RequireNumbers=True,
        RequireUppercaseCharacters=True,
        RequireLowercaseCharacters=True,
        MaxPasswordAge=90,
        PasswordReusePrevention=2,
        HardExpiry=True,
    )
    held = alone.get_account_password_policy()["PasswordPolicy"]
    assert held == {
        "MinimumPasswordLength": 10,
        "RequireSymbols": True,
        "RequireNumbers": True,
        "RequireUppercaseCharacters": True,
        "RequireLowercaseCharacters": True,
        "AllowUsersToChangePassword": False,
        "ExpirePasswords": True,
        "MaxPasswordAge": 90,
        "PasswordReusePrevention": 2,
        "HardExpiry": True,
    }
    alone.update_account_password_policy()
    assert alone.get_account_password_policy()["PasswordPolicy"] == {
        "MinimumPasswordLength": 6,
        "RequireSymbols": False,
        "RequireNumbers": False,
        "RequireUppercaseCharacters": False,
        "RequireLowercaseCharacters": False,
        "AllowUsersToChangePassword": False,
        "ExpirePasswords": False,
    }
    alone.delete_account_password_policy()


def test_passwords_that_an_account_refuses(alone: Any) -> None:
    alone.update_account_password_policy(
        MinimumPasswordLength=10,
        RequireSymbols=True,
        RequireNumbers=True,
        RequireUppercaseCharacters=True,
        RequireLowercaseCharacters=True,
        PasswordReusePrevention=2,
    )
    user = fresh("user")
    alone.create_user(UserName=user)
    for password, told in (
        ("Aa1!", "a minimum length of 10"),
        ("AAAAAAAA1!", "at least one lowercase letter"),
        ("aaaaaaaa1!", "at least one uppercase letter"),
        ("aaaaaaaaA!", "at least one number"),
        ("aaaaaaaaA1", "at least one of the symbols .*"),
    ):
        refused(
            "PasswordPolicyViolation",
            400,
            f"Password should have {told}",
            alone.create_login_profile,
            UserName=user,
            Password=password,
        )
    alone.create_login_profile(UserName=user, Password=GOOD)
    told = "Password should not be any of the last 1 passwords used"
    same = {"UserName": user, "Password": GOOD}
    refused("PasswordPolicyViolation", 400, told, alone.update_login_profile, **same)
    alone.update_login_profile(UserName=user, Password=OTHER)
    told = "Password should not be any of the last 2 passwords used"
    refused("PasswordPolicyViolation", 400, told, alone.update_login_profile, **same)
    alone.update_login_profile(UserName=user, Password=GOOD + "b")
    alone.update_login_profile(UserName=user, Password=GOOD)


def test_users_may_change_their_passwords_where_the_account_says_so(
    alone: Any, server: LiveServer
) -> None:
    alone.update_account_password_policy()
    user = fresh("user")
    alone.create_user(UserName=user)
    alone.create_login_profile(UserName=user, Password=GOOD)
    key = alone.create_access_key(UserName=user)["AccessKey"]
    alone.put_user_policy(
        UserName=user, PolicyName="own", PolicyDocument=document("iam:ChangePassword")
    )
    own = client_of(server, key)
    change = {"OldPassword": GOOD, "NewPassword": OTHER + "b"}
    told = ".*the account's password policy does not allow it"
    refused("AccessDenied", 403, told, own.change_password, **change)
    alone.update_login_profile(UserName=user, PasswordResetRequired=True)
    own.change_password(**change)
    assert alone.get_login_profile(UserName=user)["LoginProfile"]["PasswordResetRequired"] is False


def test_providers(iam: Any) -> None:
    host = f"{fresh('issuer')}.example.com/path"
    made = iam.create_open_id_connect_provider(
        Url=f"https://{host}",
        ClientIDList=["sts.amazonaws.com", "sts.amazonaws.com"],
        ThumbprintList=["a" * 40],
        Tags=[{"Key": "a", "Value": "b"}],
    )
    arn = made["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"
    named = {"OpenIDConnectProviderArn": arn}
    shown = iam.get_open_id_connect_provider(**named)
    assert shown["Url"] == host
    assert shown["ClientIDList"] == ["sts.amazonaws.com"]
    assert shown["ThumbprintList"] == ["a" * 40]
    assert shown["Tags"] == [{"Key": "a", "Value": "b"}]
    assert {"Arn": arn} in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    told = f"Provider with url https://{host} already exists\\."
    refused(
        "EntityAlreadyExists",
        409,
        told,
        iam.create_open_id_connect_provider,
        Url=f"https://{host}",
    )
    iam.add_client_id_to_open_id_connect_provider(**named, ClientID="other")
    iam.remove_client_id_from_open_id_connect_provider(**named, ClientID="sts.amazonaws.com")
    iam.update_open_id_connect_provider_thumbprint(**named, ThumbprintList=["b" * 40])
    iam.tag_open_id_connect_provider(**named, Tags=[{"Key": "c", "Value": "d"}])
    iam.untag_open_id_connect_provider(**named, TagKeys=["a"])
    listed = iam.list_open_id_connect_provider_tags(**named)["Tags"]
    assert listed == [{"Key": "c", "Value": "d"}]
    shown = iam.get_open_id_connect_provider(**named)
    assert (shown["ClientIDList"], shown["ThumbprintList"]) == (["other"], ["b" * 40])
    iam.delete_open_id_connect_provider(**named)
    told = f"OpenIDConnect Provider not found for arn {arn}"
    for call in (
        iam.get_open_id_connect_provider,
        iam.delete_open_id_connect_provider,
        iam.list_open_id_connect_provider_tags,
    ):
        missing(told, call, **named)


@pytest.mark.parametrize("url", ["http://a.example", "https://", "https://a?b", "https://a b", "x"])
def test_urls_that_no_issuer_has(iam: Any, url: str) -> None:
    told = "Invalid Open ID Connect Provider URL"
    refused("InvalidInput", 400, told, iam.create_open_id_connect_provider, Url=url)


def test_providers_have_quotas(iam: Any) -> None:
    told = "Cannot exceed quota for ThumbprintsPerOpenIdConnectProvider: 5"
    refused(
        "LimitExceeded",
        409,
        told,
        iam.create_open_id_connect_provider,
        Url="https://many.example.com",
        ThumbprintList=[character * 40 for character in "abcdef"],
    )
