"""What Portside does not have: programs that clean up before they delete find nothing."""

from typing import Any

import pytest
from tests.live import LiveServer
from tests.protocol.identity import fresh, missing, trust


@pytest.fixture(scope="session")
def iam(server: LiveServer) -> Any:
    return server.client("iam")


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("list_mfa_devices", "MFADevices"),
        ("list_ssh_public_keys", "SSHPublicKeys"),
        ("list_service_specific_credentials", "ServiceSpecificCredentials"),
        ("list_signing_certificates", "Certificates"),
    ],
)
def test_of_users(iam: Any, operation: str, member: str) -> None:
    user, call = fresh("user"), getattr(iam, operation)
    missing(f"The user with name {user} cannot be found.", call, UserName=user)
    iam.create_user(UserName=user)
    answer = call(UserName=user)
    assert (answer[member], answer["IsTruncated"]) == ([], False)


def test_of_roles(iam: Any) -> None:
    role, call = fresh("role"), iam.list_instance_profiles_for_role
    missing(f"The role with name {role} cannot be found.", call, RoleName=role)
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust())
    answer = call(RoleName=role)
    assert (answer["InstanceProfiles"], answer["IsTruncated"]) == ([], False)


def test_of_accounts(iam: Any) -> None:
    assert iam.list_instance_profiles()["InstanceProfiles"] == []
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []
