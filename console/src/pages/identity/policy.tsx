/** One managed policy: its document, its versions, and who has it. */
import { CreatePolicyVersionCommand, GetPolicyCommand, GetPolicyVersionCommand, ListEntitiesForPolicyCommand, ListPolicyVersionsCommand } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { useSearchParams } from "react-router-dom";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { Problem } from "../../app/problem";
import { useQuery } from "../../app/queries";
import { DocumentModal } from "../../shared/document-modal";
import { Copyable } from "../../shared/copy";
import { moment } from "../../shared/format";
import { JsonText } from "../../shared/json-editor";
import { Trail } from "../../shared/trail";
import { policyPath, readDocument, typeOf } from "./owners";

export default function PolicyPage() {
  const PolicyArn = useSearchParams()[0].get("arn") ?? "";
  const { iam } = useClients();
  const { succeed } = useNotices();
  const [editing, setEditing] = useState(false);
  const { data, error, reload } = useQuery(async () => {
    const policy = (await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy;
    const version = (await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: policy?.DefaultVersionId }))).PolicyVersion;
    const versions = (await iam.send(new ListPolicyVersionsCommand({ PolicyArn }))).Versions ?? [];
    const has = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }));
    const entities = [...(has.PolicyUsers ?? []).map((one) => `user ${one.UserName ?? ""}`), ...(has.PolicyGroups ?? []).map((one) => `group ${one.GroupName ?? ""}`), ...(has.PolicyRoles ?? []).map((one) => `role ${one.RoleName ?? ""}`)];
    return { policy, text: readDocument(version?.Document), versions, entities };
  }, [iam, PolicyArn]);
  if (error) return <Problem error={error} retry={reload} />;
  if (!data) return <StatusIndicator type="loading">Loading the policy</StatusIndicator>;
  const name = data.policy?.PolicyName ?? "";
  const fixed = typeOf(PolicyArn) === "Managed by AWS";
  return (
    <SpaceBetween size="l">
      <Trail items={[{ text: "Policies", to: "/identity/policies" }, { text: name, to: policyPath(PolicyArn) }]} />
      <Header variant="h1" description={data.policy?.Description}>
        {name}
      </Header>
      <Container header={<Header variant="h2">Summary</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: "ARN", value: <Copyable text={PolicyArn} name="ARN" /> },
            { label: "Type", value: typeOf(PolicyArn) },
            { label: "Updated", value: moment(data.policy?.UpdateDate) },
            { label: "Attached to", value: data.entities.join(", ") || "nobody" },
            { label: "Versions", value: data.versions.map((one) => (one.IsDefaultVersion ? `${one.VersionId ?? ""} (in force)` : one.VersionId)).join(", ") },
          ]}
        />
      </Container>
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <Button disabled={fixed} onClick={() => setEditing(true)}>
                Edit
              </Button>
            }
          >
            Policy document
          </Header>
        }
      >
        <JsonText label="Policy document" text={data.text} />
      </Container>
      {editing ? (
        <DocumentModal
          title="Edit the policy"
          action="Save as a new version"
          label="Policy document"
          text={data.text}
          onClose={() => setEditing(false)}
          onSave={async (text) => {
            await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: text, SetAsDefault: true }));
            setEditing(false);
            succeed(`A new version of ${name} is in force.`);
            reload();
          }}
        />
      ) : null}
    </SpaceBetween>
  );
}
