/** Whether a user may sign in to the console, and with which password. */
import { AttachUserPolicyCommand, CreateLoginProfileCommand, DeleteLoginProfileCommand, GetLoginProfileCommand, UpdateLoginProfileCommand } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { useClients } from "../../app/clients";
import { isNamed } from "../../app/errors";
import { useNotices } from "../../app/notices";
import { Problem } from "../../app/problem";
import { useQuery } from "../../app/queries";
import { Confirm } from "../../shared/confirm";
import { FormModal } from "../../shared/form-modal";
import { moment } from "../../shared/format";

const CHANGING = "arn:aws:iam::aws:policy/IAMUserChangePassword";

export function PasswordPanel({ user }: { user: string }) {
  const { iam } = useClients();
  const { succeed, fail } = useNotices();
  const [open, setOpen] = useState<"set" | "remove">();
  const { data, error, reload } = useQuery(async () => {
    try {
      return { profile: (await iam.send(new GetLoginProfileCommand({ UserName: user }))).LoginProfile };
    } catch (failure) {
      if (isNamed(failure, "NoSuchEntityException", "NoSuchEntity")) return { profile: undefined };
      throw failure;
    }
  }, [iam, user]);
  const profile = data?.profile;
  const done = (message: string) => {
    setOpen(undefined);
    succeed(message);
    reload();
  };
  const remove = async () => {
    try {
      await iam.send(new DeleteLoginProfileCommand({ UserName: user }));
      done(`${user} cannot sign in to the console any more.`);
    } catch (failure) {
      setOpen(undefined);
      fail(failure);
    }
  };
  if (error) return <Problem error={error} retry={reload} />;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button disabled={!profile} onClick={() => setOpen("remove")}>
                Remove password
              </Button>
              <Button disabled={!data} onClick={() => setOpen("set")}>
                {profile ? "Change password" : "Set password"}
              </Button>
            </SpaceBetween>
          }
        >
          Console sign-in
        </Header>
      }
    >
      {profile ? <StatusIndicator>May sign in with a password, set {moment(profile.CreateDate)}</StatusIndicator> : <StatusIndicator type="stopped">No password</StatusIndicator>}
      {open === "set" ? <SetPassword user={user} exists={Boolean(profile)} onClose={() => setOpen(undefined)} onDone={() => done(`The password of ${user} was set.`)} /> : null}
      {open === "remove" ? (
        <Confirm title="Remove the password?" action="Remove" onConfirm={remove} onClose={() => setOpen(undefined)}>
          {user} cannot sign in to the console then. Access keys stay as they are.
        </Confirm>
      ) : null}
    </Container>
  );
}

function SetPassword({ user, exists, onClose, onDone }: { user: string; exists: boolean; onClose: () => void; onDone: () => void }) {
  const { iam } = useClients();
  const [password, setPassword] = useState("");
  const [reset, setReset] = useState(false);
  return (
    <FormModal
      title={`Password of ${user}`}
      action="Save"
      disabled={!password}
      onClose={onClose}
      onSubmit={async () => {
        const given = { UserName: user, Password: password, PasswordResetRequired: reset };
        await (exists ? iam.send(new UpdateLoginProfileCommand(given)) : iam.send(new CreateLoginProfileCommand(given)));
        // Who must change the password must be allowed to.
        if (reset) await iam.send(new AttachUserPolicyCommand({ UserName: user, PolicyArn: CHANGING }));
        onDone();
      }}
    >
      <FormField label="New password">
        <Input type="password" value={password} autoComplete="new-password" onChange={(event) => setPassword(event.detail.value)} />
      </FormField>
      <Checkbox checked={reset} onChange={(event) => setReset(event.detail.checked)} description="The user also gets the policy IAMUserChangePassword, which lets it.">
        Must be changed at the next sign-in
      </Checkbox>
    </FormModal>
  );
}
