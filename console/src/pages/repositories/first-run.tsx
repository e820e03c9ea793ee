/** What an empty registry shows: how the first image comes in, watching for it to arrive. */
import { CreateRepositoryCommand, DescribeImagesCommand, type Repository } from "@aws-sdk/client-ecr";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router-dom";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { useSignedIn } from "../../app/session";
import { CommandBlock } from "../../shared/copy";
import { repositoryPath } from "../../shared/links";
import { pushSteps } from "./push-commands";

const NAME = "hello";
const ASK_EVERY_MS = 2000;

export function FirstRun({ onCreated }: { onCreated: () => void }) {
  const { ecr } = useClients();
  const { region } = useSignedIn();
  const { fail } = useNotices();
  const navigate = useNavigate();
  const [repository, setRepository] = useState<Repository>();
  const [busy, setBusy] = useState(false);
  const [arrived, setArrived] = useState(false);

  const create = async () => {
    setBusy(true);
    try {
      setRepository((await ecr.send(new CreateRepositoryCommand({ repositoryName: NAME }))).repository);
    } catch (error) {
      fail(error);
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => {
    if (!repository || arrived) return undefined;
    const timer = setInterval(() => {
      ecr.send(new DescribeImagesCommand({ repositoryName: NAME })).then(
        (page) => setArrived((page.imageDetails ?? []).length > 0),
        () => undefined,
      );
    }, ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [ecr, repository, arrived]);

  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="This registry is empty. Here is how the first image comes in."
        actions={<Button onClick={() => void navigate("/repositories/create")}>Create a repository of your own</Button>}
      >
        Welcome to Portside
      </Header>
      <Container header={<Header variant="h2">1. A repository</Header>}>
        {repository ? (
          <StatusIndicator>{repository.repositoryUri}</StatusIndicator>
        ) : (
          <SpaceBetween size="s">
            <Box>Images lie in repositories. The guide makes one with the name “{NAME}”.</Box>
            <Button variant="primary" loading={busy} onClick={() => void create()}>
              Create the repository {NAME}
            </Button>
          </SpaceBetween>
        )}
      </Container>
      {repository ? (
        <Container header={<Header variant="h2">2. Your first push</Header>}>
          <SpaceBetween size="m">
            {pushSteps(repository.repositoryUri ?? "", region, location.origin, false)
              .filter((_, index) => index !== 1)
              .map((step) => (
                <div key={step.title}>
                  <Box variant="p">{step.title}</Box>
                  <CommandBlock command={step.command} name={step.title} />
                </div>
              ))}
          </SpaceBetween>
        </Container>
      ) : null}
      {repository ? (
        <Container header={<Header variant="h2">3. It arrives</Header>}>
          {arrived ? (
            <SpaceBetween size="s">
              <StatusIndicator>Your first image is here.</StatusIndicator>
              <Button
                variant="primary"
                onClick={() => {
                  onCreated();
                  void navigate(repositoryPath(NAME));
                }}
              >
                Look at it
              </Button>
            </SpaceBetween>
          ) : (
            <div aria-live="polite">
              <StatusIndicator type="pending">Waiting for your first push…</StatusIndicator>
            </div>
          )}
        </Container>
      ) : null}
    </SpaceBetween>
  );
}
