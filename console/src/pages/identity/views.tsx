/** One user, group or role. */
import { GetGroupCommand, GetRoleCommand, GetUserCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type ReactNode, useState } from "react";
import { useSearchParams } from "react-router-dom";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { Problem } from "../../app/problem";
import { type Query, useQuery } from "../../app/queries";
import { DocumentModal } from "../../shared/document-modal";
import { Copyable } from "../../shared/copy";
import { moment } from "../../shared/format";
import { JsonText } from "../../shared/json-editor";
import { Trail } from "../../shared/trail";
import { BoundaryPanel } from "./boundary-panel";
import { MembershipPanel } from "./groups-panel";
import { IdentityTags } from "./identity-tags";
import { KeysPanel } from "./keys-panel";
import { readDocument } from "./owners";
import { PasswordPanel } from "./password-panel";
import { PoliciesPanel } from "./policies-panel";

interface Identity {
  arn: string | undefined;
  id: string | undefined;
  created: Date | undefined;
  boundary?: string | undefined;
}

function useName(): string {
  return useSearchParams()[0].get("name") ?? "";
}

function Frame({ list, to, name, query, children }: { list: string; to: string; name: string; query: Query<Identity>; children: ReactNode }) {
  const { data, error, reload } = query;
  return (
    <SpaceBetween size="l">
      <Trail items={[{ text: list, to }, { text: name, to: `${to}/view?name=${encodeURIComponent(name)}` }]} />
      <Header variant="h1">{name}</Header>
      {error ? <Problem error={error} retry={reload} /> : null}
      {!data && !error ? <StatusIndicator type="loading">Loading {name}</StatusIndicator> : null}
      {data ? (
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">Summary</Header>}>
            <KeyValuePairs
              columns={3}
              items={[
                { label: "ARN", value: <Copyable text={data.arn ?? ""} name="ARN" /> },
                { label: "Unique ID", value: data.id },
                { label: "Created", value: moment(data.created) },
              ]}
            />
          </Container>
          {children}
        </SpaceBetween>
      ) : null}
    </SpaceBetween>
  );
}

export function UserPage() {
  const name = useName();
  const { iam } = useClients();
  const query = useQuery(async () => {
    const user = (await iam.send(new GetUserCommand({ UserName: name }))).User;
    return { arn: user?.Arn, id: user?.UserId, created: user?.CreateDate, boundary: user?.PermissionsBoundary?.PermissionsBoundaryArn };
  }, [iam, name]);
  return (
    <Frame list="Users" to="/identity/users" name={name} query={query}>
      <PoliciesPanel owner={{ kind: "user", name }} />
      <MembershipPanel kind="groups" one={name} />
      <KeysPanel user={name} />
      <PasswordPanel user={name} />
      <BoundaryPanel holder={{ kind: "user", name }} arn={query.data?.boundary} onChanged={query.reload} />
      <IdentityTags holder={{ kind: "user", name }} />
    </Frame>
  );
}

export function GroupPage() {
  const name = useName();
  const { iam } = useClients();
  const query = useQuery(async () => {
    const group = (await iam.send(new GetGroupCommand({ GroupName: name }))).Group;
    return { arn: group?.Arn, id: group?.GroupId, created: group?.CreateDate };
  }, [iam, name]);
  return (
    <Frame list="Groups" to="/identity/groups" name={name} query={query}>
      <MembershipPanel kind="users" one={name} />
      <PoliciesPanel owner={{ kind: "group", name }} />
    </Frame>
  );
}

export function RolePage() {
  const name = useName();
  const { iam } = useClients();
  const { succeed } = useNotices();
  const [editing, setEditing] = useState(false);
  const query = useQuery(async () => {
    const role = (await iam.send(new GetRoleCommand({ RoleName: name }))).Role;
    return { arn: role?.Arn, id: role?.RoleId, created: role?.CreateDate, trust: readDocument(role?.AssumeRolePolicyDocument), boundary: role?.PermissionsBoundary?.PermissionsBoundaryArn };
  }, [iam, name]);
  const trust = query.data?.trust ?? "";
  return (
    <Frame list="Roles" to="/identity/roles" name={name} query={query}>
      <PoliciesPanel owner={{ kind: "role", name }} />
      <Container
        header={
          <Header variant="h2" description="Who may assume the role" actions={<Button onClick={() => setEditing(true)}>Edit trust policy</Button>}>
            Trust policy
          </Header>
        }
      >
        <JsonText label="Trust policy" text={trust} />
      </Container>
      <BoundaryPanel holder={{ kind: "role", name }} arn={query.data?.boundary} onChanged={query.reload} />
      <IdentityTags holder={{ kind: "role", name }} />
      {editing ? (
        <DocumentModal
          title="Edit trust policy"
          action="Save"
          label="Trust policy"
          text={trust}
          onClose={() => setEditing(false)}
          onSave={async (text) => {
            await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument: text }));
            setEditing(false);
            succeed(`The trust policy of ${name} was saved.`);
            query.reload();
          }}
        />
      ) : null}
    </Frame>
  );
}
