/** A user's access keys: the secret is shown once, when the key is made. */
import { type AccessKeyMetadata, CreateAccessKeyCommand, type AccessKey, DeleteAccessKeyCommand, ListAccessKeysCommand, UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { useQuery } from "../../app/queries";
import { Confirm } from "../../shared/confirm";
import { Copyable } from "../../shared/copy";
import { type Columns, DataTable } from "../../shared/data-table";
import { moment } from "../../shared/format";

const COLUMNS: Columns<AccessKeyMetadata> = [
  { id: "id", header: "Access key ID", cell: (one) => <Copyable text={one.AccessKeyId ?? ""} name="access key ID" />, sortingField: "AccessKeyId", isRowHeader: true },
  { id: "status", header: "Status", cell: (one) => <StatusIndicator type={one.Status === "Active" ? "success" : "stopped"}>{one.Status}</StatusIndicator>, sortingField: "Status" },
  { id: "created", header: "Created", cell: (one) => moment(one.CreateDate), sortingField: "CreateDate" },
];

export function KeysPanel({ user }: { user: string }) {
  const { iam } = useClients();
  const { succeed, fail } = useNotices();
  const [made, setMade] = useState<AccessKey>();
  const [deleting, setDeleting] = useState("");
  const { data, error, loading, reload } = useQuery(async () => (await iam.send(new ListAccessKeysCommand({ UserName: user }))).AccessKeyMetadata ?? [], [iam, user]);
  const act = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (failure) {
      fail(failure);
    }
    setDeleting("");
    reload();
  };
  const create = () => act(async () => setMade((await iam.send(new CreateAccessKeyCommand({ UserName: user }))).AccessKey));
  const turn = (AccessKeyId: string, Status: "Active" | "Inactive") =>
    act(async () => {
      await iam.send(new UpdateAccessKeyCommand({ UserName: user, AccessKeyId, Status }));
      succeed(`Access key ${AccessKeyId} is ${Status === "Active" ? "active" : "inactive"}.`);
    });
  const remove = (AccessKeyId: string) =>
    act(async () => {
      await iam.send(new DeleteAccessKeyCommand({ UserName: user, AccessKeyId }));
      succeed(`Access key ${AccessKeyId} was deleted.`);
    });
  return (
    <>
      <DataTable
        title="Access keys"
        noun="access keys"
        columns={COLUMNS}
        rows={data}
        loading={loading}
        error={error}
        reload={reload}
        trackBy="AccessKeyId"
        rowName={(one) => one.AccessKeyId ?? ""}
        sortedBy="AccessKeyId"
        selection="single"
        empty="No access keys"
        actions={([one]) => (
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!one} onClick={() => void turn(one?.AccessKeyId ?? "", one?.Status === "Active" ? "Inactive" : "Active")}>
              {one?.Status === "Inactive" ? "Activate" : "Deactivate"}
            </Button>
            <Button disabled={!one} onClick={() => setDeleting(one?.AccessKeyId ?? "")}>
              Delete
            </Button>
            <Button disabled={(data?.length ?? 0) >= 2} onClick={() => void create()}>
              Create access key
            </Button>
          </SpaceBetween>
        )}
      />
      {made ? <Secret made={made} onClose={() => setMade(undefined)} /> : null}
      {deleting ? (
        <Confirm title="Delete the access key?" action="Delete" onConfirm={() => remove(deleting)} onClose={() => setDeleting("")}>
          Whatever signs in with {deleting} is refused from now on.
        </Confirm>
      ) : null}
    </>
  );
}

function Secret({ made, onClose }: { made: AccessKey; onClose: () => void }) {
  return (
    <Modal
      visible
      header="The new access key"
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning">This is the only time that the secret access key is shown.</Alert>
        <FormField label="Access key ID">
          <Copyable text={made.AccessKeyId ?? ""} name="access key ID" />
        </FormField>
        <FormField label="Secret access key">
          <Copyable text={made.SecretAccessKey ?? ""} name="secret access key" />
        </FormField>
      </SpaceBetween>
    </Modal>
  );
}
