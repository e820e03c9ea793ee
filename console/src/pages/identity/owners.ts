/** What users, groups and roles have in common: policies, attached and inline. */
import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  DeleteGroupPolicyCommand,
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetGroupPolicyCommand,
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  type IAMClient,
  ListAttachedGroupPoliciesCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupPoliciesCommand,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";

import { gather } from "../../app/queries";

export interface Owner {
  kind: "user" | "group" | "role";
  name: string;
}

export interface OwnedPolicy {
  /** The ARN of a managed policy; nothing for an inline one. */
  arn: string;
  name: string;
  type: "Managed by AWS" | "Managed by you" | "Inline";
}

/** IAM gives documents encoded as parts of a URL. */
export const readDocument = (encoded: string | undefined) => JSON.stringify(JSON.parse(decodeURIComponent(encoded ?? "%7B%7D")), null, 2);

export const identityPath = (kind: "users" | "groups" | "roles", name: string) => `/identity/${kind}/view?name=${encodeURIComponent(name)}`;

export const policyPath = (arn: string) => `/identity/policies/view?arn=${encodeURIComponent(arn)}`;

export const typeOf = (arn: string) => (arn.startsWith("arn:aws:iam::aws:") ? ("Managed by AWS" as const) : ("Managed by you" as const));

export async function listPolicies(iam: IAMClient, owner: Owner): Promise<OwnedPolicy[]> {
  const attached = await gather(
    (Marker) => {
      if (owner.kind === "user") return iam.send(new ListAttachedUserPoliciesCommand({ UserName: owner.name, Marker }));
      if (owner.kind === "group") return iam.send(new ListAttachedGroupPoliciesCommand({ GroupName: owner.name, Marker }));
      return iam.send(new ListAttachedRolePoliciesCommand({ RoleName: owner.name, Marker }));
    },
    (page) => ({ items: page.AttachedPolicies, token: page.Marker }),
  );
  const inline = await gather(
    (Marker) => {
      if (owner.kind === "user") return iam.send(new ListUserPoliciesCommand({ UserName: owner.name, Marker }));
      if (owner.kind === "group") return iam.send(new ListGroupPoliciesCommand({ GroupName: owner.name, Marker }));
      return iam.send(new ListRolePoliciesCommand({ RoleName: owner.name, Marker }));
    },
    (page) => ({ items: page.PolicyNames, token: page.Marker }),
  );
  return [
    ...attached.map(({ PolicyArn = "", PolicyName = "" }) => ({ arn: PolicyArn, name: PolicyName, type: typeOf(PolicyArn) })),
    ...inline.map((name) => ({ arn: "", name, type: "Inline" as const })),
  ];
}

export async function attach(iam: IAMClient, owner: Owner, PolicyArn: string): Promise<void> {
  if (owner.kind === "user") await iam.send(new AttachUserPolicyCommand({ UserName: owner.name, PolicyArn }));
  else if (owner.kind === "group") await iam.send(new AttachGroupPolicyCommand({ GroupName: owner.name, PolicyArn }));
  else await iam.send(new AttachRolePolicyCommand({ RoleName: owner.name, PolicyArn }));
}

/** Detaches a managed policy, deletes an inline one. */
export async function remove(iam: IAMClient, owner: Owner, policy: OwnedPolicy): Promise<void> {
  const PolicyArn = policy.arn;
  const PolicyName = policy.name;
  if (owner.kind === "user") {
    const UserName = owner.name;
    if (PolicyArn) await iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn }));
    else await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName }));
  } else if (owner.kind === "group") {
    const GroupName = owner.name;
    if (PolicyArn) await iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn }));
    else await iam.send(new DeleteGroupPolicyCommand({ GroupName, PolicyName }));
  } else {
    const RoleName = owner.name;
    if (PolicyArn) await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    else await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  }
}

export async function readInline(iam: IAMClient, owner: Owner, PolicyName: string): Promise<string> {
  if (owner.kind === "user") return readDocument((await iam.send(new GetUserPolicyCommand({ UserName: owner.name, PolicyName }))).PolicyDocument);
  if (owner.kind === "group") return readDocument((await iam.send(new GetGroupPolicyCommand({ GroupName: owner.name, PolicyName }))).PolicyDocument);
  return readDocument((await iam.send(new GetRolePolicyCommand({ RoleName: owner.name, PolicyName }))).PolicyDocument);
}

export async function putInline(iam: IAMClient, owner: Owner, PolicyName: string, PolicyDocument: string): Promise<void> {
  if (owner.kind === "user") await iam.send(new PutUserPolicyCommand({ UserName: owner.name, PolicyName, PolicyDocument }));
  else if (owner.kind === "group") await iam.send(new PutGroupPolicyCommand({ GroupName: owner.name, PolicyName, PolicyDocument }));
  else await iam.send(new PutRolePolicyCommand({ RoleName: owner.name, PolicyName, PolicyDocument }));
}
