/** One repository: its images, and everything that governs them. */
import { DescribeRepositoriesCommand } from "@aws-sdk/client-ecr";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Tabs from "@cloudscape-design/components/tabs";
import { lazy, Suspense, useState } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";

import { useClients } from "../../app/clients";
import { Problem } from "../../app/problem";
import { useQuery } from "../../app/queries";
import { Copyable } from "../../shared/copy";
import { moment } from "../../shared/format";
import { Trail } from "../../shared/trail";
import { repositoryPath } from "../../shared/links";
import { DeleteRepositories } from "../repositories/delete-modal";
import { PushCommands } from "../repositories/push-commands";
import { EditSettings } from "./edit-settings";
import { ImagesTab } from "./images";
import { LifecycleTab } from "./lifecycle";
import { PermissionsTab } from "./permissions";
import { ReplicationTab } from "./replication";
import { TagsTab } from "./tags";

const Activity = lazy(() => import("../activity/events").then((screen) => ({ default: screen.EventsTable })));

type Dialog = "push" | "edit" | "delete" | null;

export default function RepositoryPage() {
  const { ecr } = useClients();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const [dialog, setDialog] = useState<Dialog>(null);
  const name = search.get("name") ?? "";
  const { data: repository, error, loading, reload } = useQuery(async () => (await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }))).repositories?.[0], [ecr, name]);
  const trail = (
    <Trail
      items={[
        { text: "Repositories", to: "/repositories" },
        { text: name, to: repositoryPath(name) },
      ]}
    />
  );
  if (error)
    return (
      <SpaceBetween size="m">
        {trail}
        <Problem error={error} retry={reload} />
      </SpaceBetween>
    );
  if (!repository)
    return (
      <SpaceBetween size="m">
        {trail}
        <StatusIndicator type={loading ? "loading" : "warning"}>{loading ? `Loading ${name}` : "There is no such repository."}</StatusIndicator>
      </SpaceBetween>
    );
  const close = () => setDialog(null);
  return (
    <SpaceBetween size="m">
      {trail}
      <Header
        variant="h1"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={() => setDialog("delete")}>Delete</Button>
            <Button onClick={() => setDialog("edit")}>Edit</Button>
            <Button variant="primary" onClick={() => setDialog("push")}>
              View push commands
            </Button>
          </SpaceBetween>
        }
      >
        <span style={{ overflowWrap: "anywhere" }}>{name}</span>
      </Header>
      <Container>
        <KeyValuePairs
          columns={3}
          items={[
            { label: "URI", value: <Copyable text={repository.repositoryUri ?? ""} name="URI" /> },
            { label: "ARN", value: <Copyable text={repository.repositoryArn ?? ""} name="ARN" /> },
            { label: "Created at", value: moment(repository.createdAt) },
            { label: "Tag mutability", value: describeMutability(repository.imageTagMutability, repository.imageTagMutabilityExclusionFilters?.map((one) => one.filter ?? "") ?? []) },
            { label: "Scan on push", value: repository.imageScanningConfiguration?.scanOnPush ? "Yes" : "No" },
            { label: "Encryption", value: [repository.encryptionConfiguration?.encryptionType, repository.encryptionConfiguration?.kmsKey].filter(Boolean).join(", ") },
          ]}
        />
      </Container>
      <Tabs
        activeTabId={search.get("tab") ?? "images"}
        onChange={(event) => setSearch({ name, tab: event.detail.activeTabId }, { replace: true })}
        ariaLabel="Parts of the repository"
        tabs={[
          { id: "images", label: "Images", content: <ImagesTab name={name} uri={repository.repositoryUri ?? ""} /> },
          { id: "permissions", label: "Permissions", content: <PermissionsTab name={name} arn={repository.repositoryArn ?? ""} /> },
          { id: "lifecycle", label: "Lifecycle policy", content: <LifecycleTab name={name} /> },
          { id: "tags", label: "Tags", content: <TagsTab arn={repository.repositoryArn ?? ""} /> },
          { id: "activity", label: "Activity", content: <Suspense fallback={<StatusIndicator type="loading">Loading events</StatusIndicator>}><Activity resource={repository.repositoryArn ?? ""} title="Activity" /></Suspense> },
          { id: "replication", label: "Replication status", content: <ReplicationTab name={name} /> },
        ]}
      />
      {dialog === "push" ? <PushCommands uri={repository.repositoryUri ?? ""} onClose={close} /> : null}
      {dialog === "edit" ? (
        <EditSettings
          repository={repository}
          onClose={close}
          onDone={() => {
            close();
            reload();
          }}
        />
      ) : null}
      {dialog === "delete" ? <DeleteRepositories names={[name]} onClose={close} onDone={() => void navigate("/repositories")} /> : null}
    </SpaceBetween>
  );
}

function describeMutability(mutability: string | undefined, filters: string[]): string {
  const word = mutability?.startsWith("IMMUTABLE") ? "Immutable" : "Mutable";
  return filters.length > 0 ? `${word}, except ${filters.join(", ")}` : word;
}
