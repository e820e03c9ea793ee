"""Account settings (ECR GetAccountSetting, PutAccountSetting)."""

from __future__ import annotations

from typing import Any

from portside.aws.calls import Call


async def get_account_setting(call: Call) -> dict[str, Any]:
    """Show what a setting is."""
    name = call.params["name"]
    value = await call.deeds.configurations.account_setting(call.registry, name)
    return {"name": name, "value": value}


async def put_account_setting(call: Call) -> dict[str, Any]:
    """Change a setting."""
    name, value = call.params["name"], call.params["value"]
    await call.deeds.configurations.put_account_setting(call.registry, name, value)
    return {"name": name, "value": value}
