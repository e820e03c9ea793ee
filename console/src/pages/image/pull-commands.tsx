/** The commands that pull one image, by digest and by each of its tags. */
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { DescribeRepositoriesCommand } from "@aws-sdk/client-ecr";

import { useClients } from "../../app/clients";
import { Problem } from "../../app/problem";
import { useQuery } from "../../app/queries";
import { useSignedIn } from "../../app/session";
import { CommandBlock } from "../../shared/copy";
import { pushSteps } from "../repositories/push-commands";

const TAGS_SHOWN = 20;

export function PullCommands({ name, digest, tags }: { name: string; digest: string; tags: string[] }) {
  const { ecr } = useClients();
  const { region } = useSignedIn();
  const { data, error, reload } = useQuery(async () => (await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }))).repositories?.[0]?.repositoryUri ?? "", [ecr, name]);
  if (error) return <Problem error={error} retry={reload} />;
  if (data === undefined) return <StatusIndicator type="loading">Loading</StatusIndicator>;
  const login = pushSteps(data, region, location.origin, false)[0]?.command ?? "";
  return (
    <Container header={<Header variant="h2">Pull this image</Header>}>
      <SpaceBetween size="m">
        <div>
          <Box variant="p">Log Docker in to the registry</Box>
          <CommandBlock command={login} name="login command" />
        </div>
        <div>
          <Box variant="p">By digest: always this very image</Box>
          <CommandBlock command={`docker pull ${data}@${digest}`} name="pull command by digest" />
        </div>
        {tags.slice(0, TAGS_SHOWN).map((tag) => (
          <div key={tag}>
            <Box variant="p">By the tag {tag}</Box>
            <CommandBlock command={`docker pull ${data}:${tag}`} name={`pull command by tag ${tag}`} />
          </div>
        ))}
      </SpaceBetween>
    </Container>
  );
}
