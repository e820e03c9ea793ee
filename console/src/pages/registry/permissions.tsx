/** The registry's policy: what other accounts may do with the registry as a whole. */
import { DeleteRegistryPolicyCommand, GetRegistryPolicyCommand, PutRegistryPolicyCommand } from "@aws-sdk/client-ecr";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { useClients } from "../../app/clients";
import { isNamed } from "../../app/errors";
import { useNotices } from "../../app/notices";
import { Problem } from "../../app/problem";
import { useQuery } from "../../app/queries";
import { useSignedIn } from "../../app/session";
import { DocumentModal } from "../../shared/document-modal";
import { Confirm } from "../../shared/confirm";
import { JsonText } from "../../shared/json-editor";
import { prettyJson } from "../../shared/json";

const example = (account: string, region: string) =>
  JSON.stringify(
    {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ReplicationFromAnotherAccount",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::111122223333:root" },
          Action: ["ecr:CreateRepository", "ecr:ReplicateImage"],
          Resource: `arn:aws:ecr:${region}:${account}:repository/*`,
        },
      ],
    },
    null,
    2,
  );

export default function RegistryPermissionsPage() {
  const { ecr } = useClients();
  const { account, region } = useSignedIn();
  const { succeed, fail } = useNotices();
  const [open, setOpen] = useState<"edit" | "delete">();
  const { data: text, error, reload } = useQuery(async () => {
    try {
      return prettyJson((await ecr.send(new GetRegistryPolicyCommand({}))).policyText ?? "");
    } catch (failure) {
      if (isNamed(failure, "RegistryPolicyNotFoundException")) return "";
      throw failure;
    }
  }, [ecr]);
  const remove = async () => {
    try {
      await ecr.send(new DeleteRegistryPolicyCommand({}));
      succeed("The registry's policy was deleted.");
    } catch (failure) {
      fail(failure);
    }
    setOpen(undefined);
    reload();
  };
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="What other accounts may do with this registry as a whole: replicate into it, create repositories, pull through its caches."
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!text} onClick={() => setOpen("delete")}>
              Delete policy
            </Button>
            <Button variant="primary" disabled={text === undefined} onClick={() => setOpen("edit")}>
              {text ? "Edit policy" : "Create policy"}
            </Button>
          </SpaceBetween>
        }
      >
        Registry permissions
      </Header>
      {error ? <Problem error={error} retry={reload} /> : null}
      {text === undefined && !error ? <StatusIndicator type="loading">Loading the policy</StatusIndicator> : null}
      {text === undefined ? null : (
        <Container header={<Header variant="h2">Registry policy</Header>}>{text ? <JsonText label="Registry policy" text={text} /> : <Box color="text-body-secondary">No policy: only this account's own identities may use the registry.</Box>}</Container>
      )}
      {open === "edit" ? (
        <DocumentModal
          title="Registry policy"
          action="Save"
          label="Policy document"
          text={text || example(account, region)}
          onClose={() => setOpen(undefined)}
          onSave={async (policyText) => {
            await ecr.send(new PutRegistryPolicyCommand({ policyText }));
            setOpen(undefined);
            succeed("The registry's policy was saved.");
            reload();
          }}
        />
      ) : null}
      {open === "delete" ? (
        <Confirm title="Delete the registry's policy?" action="Delete" onConfirm={remove} onClose={() => setOpen(undefined)}>
          What it allows other accounts is refused from then on.
        </Confirm>
      ) : null}
    </SpaceBetween>
  );
}
