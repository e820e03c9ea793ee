/** Signing in: an IAM user's password, or access keys of anybody, root too. */
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";

import { explain } from "../../app/errors";
import { type SignIn, useSession } from "../../app/session";

type Kind = SignIn["kind"];

export default function SignInPage() {
  const { signIn } = useSession();
  const [kind, setKind] = useState<Kind>("password");
  const [account, setAccount] = useState("");
  const [name, setName] = useState("");
  const [secret, setSecret] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      await signIn(
        kind === "password"
          ? { kind, account: account.trim(), user: name.trim(), password: secret }
          : { kind, accessKeyId: name.trim(), secretAccessKey: secret.trim() },
      );
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <main style={{ maxWidth: "28rem", margin: "10vh auto", padding: "0 1rem" }}>
      <form onSubmit={(event) => void submit(event)}>
        <Container header={<Header variant="h1">Sign in to Portside</Header>}>
          <Form
            actions={
              <Button variant="primary" loading={busy} formAction="submit">
                Sign in
              </Button>
            }
          >
            <SpaceBetween size="l">
              {failure ? <Alert type="error">{explain(failure).message}</Alert> : null}
              <SegmentedControl
                label="How to sign in"
                selectedId={kind}
                onChange={(event) => setKind(event.detail.selectedId as Kind)}
                options={[
                  { id: "password", text: "IAM user" },
                  { id: "keys", text: "Access keys" },
                ]}
              />
              {kind === "password" ? (
                <FormField label="Account ID" description="Twelve digits">
                  <Input value={account} onChange={(event) => setAccount(event.detail.value)} autoComplete="organization" />
                </FormField>
              ) : null}
              <FormField label={kind === "password" ? "User name" : "Access key ID"}>
                <Input value={name} onChange={(event) => setName(event.detail.value)} autoComplete="username" spellcheck={false} />
              </FormField>
              <FormField label={kind === "password" ? "Password" : "Secret access key"}>
                <Input type="password" value={secret} onChange={(event) => setSecret(event.detail.value)} autoComplete="current-password" />
              </FormField>
              {kind === "keys" ? (
                <Box color="text-body-secondary" fontSize="body-s">
                  The first start of the server printed the root user's keys.
                </Box>
              ) : null}
            </SpaceBetween>
          </Form>
        </Container>
      </form>
    </main>
  );
}
