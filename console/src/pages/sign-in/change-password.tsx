/** Whoever signs in with a password that somebody else set changes it before anything else. */
import { ChangePasswordCommand, IAMClient } from "@aws-sdk/client-iam";
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";

import { useClientOptions } from "../../app/clients";
import { explain } from "../../app/errors";
import { useSession, useSignedIn } from "../../app/session";

export default function ChangePasswordPage() {
  const options = useClientOptions();
  const { signIn, signOut } = useSession();
  const { account, arn } = useSignedIn();
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [again, setAgain] = useState("");
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const user = arn.split("/").at(-1) ?? "";
  const different = fresh !== again;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!old || !fresh || different) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await new IAMClient(options).send(new ChangePasswordCommand({ OldPassword: old, NewPassword: fresh }));
      await signIn({ kind: "password", account, user, password: fresh });
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  const field = (label: string, value: string, change: (value: string) => void, autoComplete: string, error?: string) => (
    <FormField label={label} errorText={error}>
      <Input type="password" value={value} onChange={(event) => change(event.detail.value)} autoComplete={autoComplete} autoFocus={label === "Present password"} />
    </FormField>
  );
  return (
    <main style={{ maxWidth: "28rem", margin: "10vh auto", padding: "0 1rem" }}>
      <form onSubmit={(event) => void submit(event)}>
        <Container header={<Header variant="h1">Change your password</Header>}>
          <Form
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button variant="link" formAction="none" onClick={() => void signOut()}>
                  Sign out
                </Button>
                <Button variant="primary" loading={busy} formAction="submit">
                  Change password
                </Button>
              </SpaceBetween>
            }
          >
            <SpaceBetween size="l">
              <Alert type="info">{user} must choose a new password before going on.</Alert>
              {failure ? <Alert type="error">{explain(failure).message}</Alert> : null}
              {field("Present password", old, setOld, "current-password", tried && !old ? "Type the password that you signed in with." : undefined)}
              {field("New password", fresh, setFresh, "new-password", tried && !fresh ? "Type a new password." : undefined)}
              {field("New password again", again, setAgain, "new-password", tried && different ? "This is not the same password." : undefined)}
            </SpaceBetween>
          </Form>
        </Container>
      </form>
    </main>
  );
}
