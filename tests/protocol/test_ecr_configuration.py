"""The configuration of a registry, as boto3 sets and reads it; most tests have an own region."""

import time
from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.live import ACCOUNT, LiveServer
from tests.protocol.pushing import Registry

REGIONS = (f"eu-test-{number}" for number in count(1))
PROFILE = f"arn:aws:signer:us-east-1:{ACCOUNT}:/signing-profiles/release"
OTHER_PROFILE = f"arn:aws:signer:us-east-1:{ACCOUNT}:/signing-profiles/nightly"


def refused(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def invalid(parameter: str, reason: str) -> tuple[str, str]:
    return (
        "InvalidParameterException",
        f"Invalid parameter at '{parameter}' failed to satisfy constraint: '{reason}'",
    )


def answer(response: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}


@pytest.fixture
def region() -> str:
    return next(REGIONS)


@pytest.fixture
def fresh(server: LiveServer, region: str) -> Any:
    """A client of a registry that nobody has configured."""
    return server.client("ecr", region_name=region)


def destination(region: str, account: str = ACCOUNT) -> dict[str, str]:
    return {"region": region, "registryId": account}


def test_a_replication_configuration_comes_back(fresh: Any) -> None:
    empty = {"registryId": ACCOUNT, "replicationConfiguration": {"rules": []}}
    assert answer(fresh.describe_registry()) == empty
    configuration = {
        "rules": [
            {
                "destinations": [
                    destination("us-west-2"),
                    destination("us-west-1", "210987654321"),
                ],
                "repositoryFilters": [{"filter": "prod", "filterType": "PREFIX_MATCH"}],
                "deleteReplication": {"enabled": True},
            },
            {"destinations": [destination("us-east-2")]},
        ]
    }
    put = fresh.put_replication_configuration(replicationConfiguration=configuration)
    assert answer(put) == {"replicationConfiguration": configuration}
    assert fresh.describe_registry()["replicationConfiguration"] == configuration
    fresh.put_replication_configuration(replicationConfiguration={"rules": []})
    assert answer(fresh.describe_registry()) == empty


def test_replication_to_itself_is_refused(fresh: Any, region: str) -> None:
    rules = [{"destinations": [destination(region)]}]
    assert refused(
        fresh.put_replication_configuration, replicationConfiguration={"rules": rules}
    ) == invalid(
        "replicationConfiguration",
        "Replication destination cannot be the same as the source registry",
    )


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (
            [{"destinations": [destination("us-west-1"), destination("us-west-1")]}],
            "Replication rule cannot contain duplicate destinations",
        ),
        (
            [{"destinations": [destination("us-west-1")]}] * 2,
            "Replication configuration cannot contain duplicate rules",
        ),
    ],
)
def test_replication_is_configured_once(
    fresh: Any, rules: list[dict[str, Any]], reason: str
) -> None:
    assert refused(
        fresh.put_replication_configuration, replicationConfiguration={"rules": rules}
    ) == invalid("replicationConfiguration", reason)


def test_destinations_must_be_registries(fresh: Any) -> None:
    rules = [{"destinations": [destination("nowhere")]}]
    code, _ = refused(
        fresh.put_replication_configuration, replicationConfiguration={"rules": rules}
    )
    assert code == "InvalidParameterException"


def test_rules_are_bounded(server: LiveServer, region: str) -> None:
    unchecked = server.client("ecr", region_name=region, config=Config(parameter_validation=False))
    rules = [{"destinations": [destination("us-west-1", f"{number:012}")]} for number in range(26)]
    code, message = refused(
        unchecked.put_replication_configuration, replicationConfiguration={"rules": rules}
    )
    assert code == "InvalidParameterException"
    assert "Member must have length less than or equal to 25" in message


def scan_rule(frequency: str, *filters: str) -> dict[str, Any]:
    return {
        "scanFrequency": frequency,
        "repositoryFilters": [{"filter": one, "filterType": "WILDCARD"} for one in filters],
    }


def test_a_scanning_configuration_comes_back(fresh: Any) -> None:
    default = {"scanType": "BASIC", "rules": []}
    shown = fresh.get_registry_scanning_configuration()
    assert answer(shown) == {"registryId": ACCOUNT, "scanningConfiguration": default}
    rules = [scan_rule("CONTINUOUS_SCAN", "prod*"), scan_rule("SCAN_ON_PUSH", "*")]
    put = fresh.put_registry_scanning_configuration(scanType="ENHANCED", rules=rules)
    configuration = {"scanType": "ENHANCED", "rules": rules}
    assert answer(put) == {"registryScanningConfiguration": configuration}
    shown = fresh.get_registry_scanning_configuration()
    assert shown["scanningConfiguration"] == configuration
    fresh.put_registry_scanning_configuration()
    assert fresh.get_registry_scanning_configuration()["scanningConfiguration"] == default


@pytest.mark.parametrize(
    ("params", "parameter", "reason"),
    [
        (
            {"scanType": "BASIC", "rules": [scan_rule("CONTINUOUS_SCAN", "*")]},
            "scanFrequency",
            (
                "CONTINUOUS_SCAN is not supported for the BASIC scan type; the supported scan "
                "frequencies are MANUAL, SCAN_ON_PUSH"
            ),
        ),
        (
            {"rules": [scan_rule("SCAN_ON_PUSH", "a"), scan_rule("SCAN_ON_PUSH", "b")]},
            "rules",
            "each scan frequency can have one rule only",
        ),
        (
            {"rules": [scan_rule("SCAN_ON_PUSH", "*a*a*a*a*")]},
            "filter",
            "a filter can have at most 4 wildcards",
        ),
    ],
)
def test_scanning_that_is_refused(
    fresh: Any, params: dict[str, Any], parameter: str, reason: str
) -> None:
    assert refused(fresh.put_registry_scanning_configuration, **params) == invalid(
        parameter, reason
    )


def test_how_repositories_are_scanned(fresh: Any, region: str) -> None:
    for name in ("prod/app", "dev/app"):
        fresh.create_repository(repositoryName=name)
    fresh.put_registry_scanning_configuration(rules=[scan_rule("SCAN_ON_PUSH", "prod*", "*app")])
    found = fresh.batch_get_repository_scanning_configuration(
        repositoryNames=["prod/app", "gone", "dev/app"]
    )
    applied = [{"filter": one, "filterType": "WILDCARD"} for one in ("prod*", "*app")]
    common = {"scanOnPush": False, "scanFrequency": "SCAN_ON_PUSH"}
    assert answer(found) == {
        "scanningConfigurations": [
            {
                **common,
                "repositoryArn": f"arn:aws:ecr:{region}:{ACCOUNT}:repository/prod/app",
                "repositoryName": "prod/app",
                "appliedScanFilters": applied,
            },
            {
                **common,
                "repositoryArn": f"arn:aws:ecr:{region}:{ACCOUNT}:repository/dev/app",
                "repositoryName": "dev/app",
                "appliedScanFilters": applied[1:],
            },
        ],
        "failures": [
            {
                "repositoryName": "gone",
                "failureCode": "REPOSITORY_NOT_FOUND",
                "failureReason": "REPOSITORY_NOT_FOUND",
            }
        ],
    }


def test_scan_on_push_of_one_repository(ecr: Any, repo: Registry) -> None:
    def shown() -> tuple[Any, Any]:
        (one,) = ecr.describe_repositories(repositoryNames=[repo.name])["repositories"]
        found = ecr.batch_get_repository_scanning_configuration(repositoryNames=[repo.name])
        (scanning,) = found["scanningConfigurations"]
        return one["imageScanningConfiguration"]["scanOnPush"], scanning["scanFrequency"]

    assert shown() == (False, "MANUAL")
    for scan_on_push in (True, False):
        put = ecr.put_image_scanning_configuration(
            repositoryName=repo.name, imageScanningConfiguration={"scanOnPush": scan_on_push}
        )
        assert answer(put) == {
            "registryId": ACCOUNT,
            "repositoryName": repo.name,
            "imageScanningConfiguration": {"scanOnPush": scan_on_push},
        }
        assert shown() == (scan_on_push, "SCAN_ON_PUSH" if scan_on_push else "MANUAL")


def test_scan_on_push_needs_its_repository(ecr: Any) -> None:
    code, _ = refused(
        ecr.put_image_scanning_configuration,
        repositoryName=f"absent/{uuid4().hex}",
        imageScanningConfiguration={"scanOnPush": True},
    )
    assert code == "RepositoryNotFoundException"


@pytest.mark.parametrize(
    ("name", "default", "value"),
    [
        ("BASIC_SCAN_TYPE_VERSION", "AWS_NATIVE", "AWS_NATIVE"),
        ("REGISTRY_POLICY_SCOPE", "V2", "V1"),
        ("BLOB_MOUNTING", "ENABLED", "DISABLED"),
    ],
)
def test_account_settings(
    server: LiveServer, fresh: Any, name: str, default: str, value: str
) -> None:
    assert answer(fresh.get_account_setting(name=name)) == {"name": name, "value": default}
    put = fresh.put_account_setting(name=name, value=value)
    assert answer(put) == {"name": name, "value": value}
    assert fresh.get_account_setting(name=name)["value"] == value
    elsewhere = server.client("ecr", region_name=next(REGIONS))
    assert elsewhere.get_account_setting(name=name)["value"] == default


def test_account_settings_that_are_none(fresh: Any) -> None:
    names = "BASIC_SCAN_TYPE_VERSION, REGISTRY_POLICY_SCOPE, BLOB_MOUNTING"
    unknown = invalid("name", f"must be one of [{names}]")
    assert refused(fresh.get_account_setting, name="OTHER") == unknown
    assert refused(fresh.put_account_setting, name="OTHER", value="V2") == unknown
    assert refused(fresh.put_account_setting, name="BLOB_MOUNTING", value="V2") == invalid(
        "value", "must be one of [ENABLED, DISABLED]"
    )


def mount(http: httpx.Client, target: str, digest: str, source: str) -> int:
    path = f"/v2/{target}/blobs/uploads/?mount={digest}&from={source}"
    return http.post(path).status_code


def test_blob_mounting_can_be_disabled() -> None:
    with LiveServer() as live, httpx.Client(base_url=live.url, auth=live.auth()) as http:
        ecr = live.client("ecr")
        for name in ("from", "to/one", "to/two"):
            ecr.create_repository(repositoryName=name)
        digest = Registry(http, "from").put_blob(b"layer")
        ecr.put_account_setting(name="BLOB_MOUNTING", value="DISABLED")
        assert mount(http, "to/one", digest, "from") == 202
        ecr.put_account_setting(name="BLOB_MOUNTING", value="ENABLED")
        assert mount(http, "to/one", digest, "from") == 201
        ecr.put_account_setting(name="BLOB_MOUNTING", value="DISABLED")
        assert http.head(f"/v2/to/one/blobs/{digest}").status_code == 200
        assert http.head(f"/v2/to/two/blobs/{digest}").status_code == 404


def test_blobs_are_mounted_between_repositories_encrypted_alike(
    http: httpx.Client, ecr: Any, repo: Registry
) -> None:
    digest = repo.put_blob(b"layer")
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234"
    for kms, status in ((None, 201), (key, 202)):
        name = f"protocol/{uuid4().hex}"
        encryption = {"encryptionType": "KMS", "kmsKey": kms} if kms else {}
        more = {"encryptionConfiguration": encryption} if encryption else {}
        ecr.create_repository(repositoryName=name, **more)
        assert mount(http, name, digest, repo.name) == status
        if kms:
            twin = f"protocol/{uuid4().hex}"
            ecr.create_repository(repositoryName=twin, **more)
            Registry(http, name).put_blob(b"layer")
            assert mount(http, twin, digest, name) == 201


def test_a_signing_configuration_comes_and_goes(fresh: Any) -> None:
    missing = (
        "SigningConfigurationNotFoundException",
        f"Signing configuration does not exist in the registry with id '{ACCOUNT}'",
    )
    assert refused(fresh.get_signing_configuration) == missing
    assert refused(fresh.delete_signing_configuration) == missing
    configuration = {
        "rules": [
            {
                "signingProfileArn": PROFILE,
                "repositoryFilters": [{"filter": "prod/*", "filterType": "WILDCARD_MATCH"}],
            },
            {"signingProfileArn": OTHER_PROFILE},
        ]
    }
    put = fresh.put_signing_configuration(signingConfiguration=configuration)
    assert answer(put) == {"signingConfiguration": configuration}
    held = {"registryId": ACCOUNT, "signingConfiguration": configuration}
    assert answer(fresh.get_signing_configuration()) == held
    assert answer(fresh.delete_signing_configuration()) == held
    assert refused(fresh.get_signing_configuration) == missing


def test_a_signing_configuration_has_each_rule_once(fresh: Any) -> None:
    rules = [{"signingProfileArn": PROFILE}] * 2
    assert refused(
        fresh.put_signing_configuration, signingConfiguration={"rules": rules}
    ) == invalid("signingConfiguration", "Signing configuration cannot contain duplicate rules")


@pytest.fixture
def signing(ecr: Any) -> Iterator[Any]:
    """The client of the registry that images are pushed to, with its signing removed afterwards."""
    yield ecr
    try:
        ecr.delete_signing_configuration()
    except ecr.exceptions.SigningConfigurationNotFoundException:
        return


def test_images_that_were_to_be_signed(signing: Any, repo: Registry) -> None:
    def statuses(tag: str) -> Any:
        found = signing.describe_image_signing_status(
            repositoryName=repo.name, imageId={"imageTag": tag}
        )
        assert found["imageId"]["imageTag"] == tag
        return [
            (one["signingProfileArn"], one["status"], one["failureCode"])
            for one in found["signingStatuses"]
        ]

    repo.push("before", b"one")
    filters = [{"filter": f"{repo.name}*", "filterType": "WILDCARD_MATCH"}]
    rules = [
        {"signingProfileArn": PROFILE, "repositoryFilters": filters},
        {
            "signingProfileArn": OTHER_PROFILE,
            "repositoryFilters": [{"filter": "other", "filterType": "WILDCARD_MATCH"}],
        },
    ]
    signing.put_signing_configuration(signingConfiguration={"rules": rules})
    repo.push("after", b"two")
    assert statuses("before") == []
    assert statuses("after") == [(PROFILE, "FAILED", "SIGNER_NOT_AVAILABLE")]
    signing.delete_signing_configuration()
    assert statuses("after") == []


@pytest.mark.parametrize(
    ("image", "code"),
    [
        ({"imageTag": "absent"}, "ImageNotFoundException"),
        ({"imageDigest": "sha256:" + "0" * 64}, "ImageNotFoundException"),
        ({"imageDigest": "md5:12"}, "InvalidParameterException"),
        ({}, "InvalidParameterException"),
    ],
)
def test_signing_statuses_need_an_image(
    ecr: Any, repo: Registry, image: dict[str, str], code: str
) -> None:
    found, _ = refused(ecr.describe_image_signing_status, repositoryName=repo.name, imageId=image)
    assert found == code


def principal(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def test_pull_time_exclusions(fresh: Any) -> None:
    for number in range(3):
        made = fresh.register_pull_time_update_exclusion(principalArn=principal(f"r{number}"))
        assert made["principalArn"] == principal(f"r{number}")
        assert made["createdAt"]
    again = refused(fresh.register_pull_time_update_exclusion, principalArn=principal("r1"))
    assert again == (
        "ExclusionAlreadyExistsException",
        (
            f"The pull time update exclusion for the principal '{principal('r1')}' already exists "
            f"in the registry with id '{ACCOUNT}'"
        ),
    )
    first = fresh.list_pull_time_update_exclusions(maxResults=2)
    assert first["pullTimeUpdateExclusions"] == [principal("r0"), principal("r1")]
    rest = fresh.list_pull_time_update_exclusions(maxResults=2, nextToken=first["nextToken"])
    assert answer(rest) == {"pullTimeUpdateExclusions": [principal("r2")]}
    gone = fresh.deregister_pull_time_update_exclusion(principalArn=principal("r1"))
    assert answer(gone) == {"principalArn": principal("r1")}
    absent = refused(fresh.deregister_pull_time_update_exclusion, principalArn=principal("r1"))
    assert absent == (
        "ExclusionNotFoundException",
        (
            f"The pull time update exclusion for the principal '{principal('r1')}' does not exist "
            f"in the registry with id '{ACCOUNT}'"
        ),
    )


def test_pull_time_exclusions_are_bounded_and_well_formed(server: LiveServer, fresh: Any) -> None:
    for number in range(100):
        fresh.register_pull_time_update_exclusion(principalArn=principal(f"r{number}"))
    assert refused(fresh.register_pull_time_update_exclusion, principalArn=principal("more")) == (
        "LimitExceededException",
        "A registry can have at most 100 pull time update exclusions",
    )
    unchecked = server.client("ecr", config=Config(parameter_validation=False))
    for wrong in (f"arn:aws:iam::{ACCOUNT}:root", "role", f"arn:aws:iam::{ACCOUNT}:group/x"):
        code, _ = refused(unchecked.register_pull_time_update_exclusion, principalArn=wrong)
        assert code == "InvalidParameterException"
    code, _ = refused(fresh.list_pull_time_update_exclusions, nextToken="x")
    assert code == "InvalidParameterException"


READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"


def test_pulls_of_the_excluded_leave_no_trace(server: LiveServer, ecr: Any, repo: Registry) -> None:
    iam = server.client("iam")
    repo.push("v1", b"layer")

    def pulled_by(user: str) -> Any:
        key = iam.create_access_key(UserName=user)["AccessKey"]
        own = server.client(
            "ecr",
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
        )
        data = own.get_authorization_token()["authorizationData"][0]
        headers = {"authorization": f"Basic {data['authorizationToken']}"}
        path = f"{server.url}/v2/{repo.name}/manifests/v1"
        assert httpx.get(path, headers=headers).status_code == 200
        image = {"imageTag": "v1"}
        assert own.batch_get_image(repositoryName=repo.name, imageIds=[image])["images"]
        # Pull times are written down every five seconds.
        end = time.monotonic() + 20
        found: Any = None
        while found is None and time.monotonic() < end - (0 if user.startswith("person") else 12):
            time.sleep(0.25)
            (detail,) = ecr.describe_images(repositoryName=repo.name)["imageDetails"]
            found = detail.get("lastRecordedPullTime")
        return found

    scanner, person = f"scanner-{uuid4().hex}", f"person-{uuid4().hex}"
    for user in (scanner, person):
        iam.create_user(UserName=user)
        iam.attach_user_policy(UserName=user, PolicyArn=READ_ONLY)
    arn = f"arn:aws:iam::{ACCOUNT}:user/{scanner}"
    ecr.register_pull_time_update_exclusion(principalArn=arn)
    assert pulled_by(scanner) is None
    assert pulled_by(person) is not None
    ecr.deregister_pull_time_update_exclusion(principalArn=arn)
