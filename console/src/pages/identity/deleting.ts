/** Deleting identities: IAM wants them to have nothing any more, so that goes first. */
import {
  DeleteAccessKeyCommand,
  DeleteGroupCommand,
  DeleteLoginProfileCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  GetGroupCommand,
  type IAMClient,
  ListAccessKeysCommand,
  ListGroupsForUserCommand,
  RemoveUserFromGroupCommand,
} from "@aws-sdk/client-iam";

import { isNamed } from "../../app/errors";
import { listPolicies, type Owner, remove } from "./owners";

async function removePolicies(iam: IAMClient, owner: Owner): Promise<void> {
  for (const policy of await listPolicies(iam, owner)) await remove(iam, owner, policy);
}

async function deleteUser(iam: IAMClient, UserName: string): Promise<void> {
  for (const { AccessKeyId } of (await iam.send(new ListAccessKeysCommand({ UserName }))).AccessKeyMetadata ?? []) await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  for (const { GroupName } of (await iam.send(new ListGroupsForUserCommand({ UserName }))).Groups ?? []) await iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName }));
  try {
    await iam.send(new DeleteLoginProfileCommand({ UserName }));
  } catch (error) {
    if (!isNamed(error, "NoSuchEntityException", "NoSuchEntity")) throw error;
  }
  await removePolicies(iam, { kind: "user", name: UserName });
  await iam.send(new DeleteUserCommand({ UserName }));
}

async function deleteGroup(iam: IAMClient, GroupName: string): Promise<void> {
  for (const { UserName } of (await iam.send(new GetGroupCommand({ GroupName }))).Users ?? []) await iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName }));
  await removePolicies(iam, { kind: "group", name: GroupName });
  await iam.send(new DeleteGroupCommand({ GroupName }));
}

async function deleteRole(iam: IAMClient, RoleName: string): Promise<void> {
  await removePolicies(iam, { kind: "role", name: RoleName });
  await iam.send(new DeleteRoleCommand({ RoleName }));
}

export const DELETE = { users: deleteUser, groups: deleteGroup, roles: deleteRole };
