"""The service models that botocore ships: the one description of shapes and operations."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel


_MODELS: Final = {"servicequotas": "service-quotas"}
"""What botocore calls models of services that sign under another name."""


@lru_cache(maxsize=8)
def load_service(name: str) -> ServiceModel:
    """The newest model of a service that botocore ships, by its signatures' name, read once.

    botocore is loaded at the first use: a process that never sees an AWS call needs none of it.
    """
    from botocore.loaders import Loader  # noqa: PLC0415 - see above
    from botocore.model import ServiceModel  # noqa: PLC0415 - see above

    # Without the default paths: a model in somebody's ~/.aws/models must not change the API.
    loader = Loader([Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    model = loader.load_service_model(_MODELS.get(name, name), "service-2")
    return ServiceModel(model, name)


def find_operation(service: str, name: str) -> OperationModel | None:
    """The model of an operation, or ``None`` where the service has none of this name."""
    model = load_service(service)
    return model.operation_model(name) if name in model.operation_names else None
