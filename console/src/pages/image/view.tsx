/** One image: what it is made of, what is wrong with it, what refers to it, how to pull it. */
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Tabs, { type TabsProps } from "@cloudscape-design/components/tabs";
import { useSearchParams } from "react-router-dom";

import { useClients } from "../../app/clients";
import { Problem } from "../../app/problem";
import { useQuery } from "../../app/queries";
import { Copyable } from "../../shared/copy";
import { mebibytes, moment, shortDigest } from "../../shared/format";
import { JsonText } from "../../shared/json-editor";
import { imagePath, repositoryPath, ScreenLink } from "../../shared/links";
import { Trail } from "../../shared/trail";
import { Configuration } from "./configuration";
import { Findings } from "./findings";
import { Layers } from "./layers";
import { Platforms } from "./platforms";
import { PullCommands } from "./pull-commands";
import { askConfig, askImage, type Image } from "./queries";
import { Referrers } from "./referrers";

export default function ImagePage() {
  const { ecr } = useClients();
  const [search, setSearch] = useSearchParams();
  const name = search.get("name") ?? "";
  const digest = search.get("digest") ?? "";
  const { data: image, error, reload } = useQuery(() => askImage(ecr, name, digest), [ecr, name, digest]);
  const present = image?.detail.imageDigest === digest ? image : undefined;
  return (
    <SpaceBetween size="m">
      <Trail
        items={[
          { text: "Repositories", to: "/repositories" },
          { text: name, to: repositoryPath(name) },
          { text: shortDigest(digest), to: imagePath(name, digest) },
        ]}
      />
      {error ? (
        <Problem error={error} retry={reload} />
      ) : present ? (
        <Shown key={digest} name={name} image={present} tab={search.get("tab")} onTab={(tab) => setSearch({ name, digest, tab }, { replace: true })} />
      ) : (
        <StatusIndicator type="loading">Loading the image</StatusIndicator>
      )}
    </SpaceBetween>
  );
}

interface Props {
  name: string;
  image: Image;
  tab: string | null;
  onTab: (tab: string) => void;
}

function Shown({ name, image: { detail, manifest }, tab, onTab }: Props) {
  const { ecr } = useClients();
  const digest = detail.imageDigest ?? "";
  const config = useQuery(() => askConfig(ecr, name, manifest.config), [ecr, name, digest]);
  const tags = detail.imageTags ?? [];
  const tabs: TabsProps.Tab[] = [];
  if (manifest.children) tabs.push({ id: "platforms", label: "Platforms", content: <Platforms name={name} manifests={manifest.children} /> });
  else tabs.push({ id: "layers", label: "Layers", content: <Layers layers={manifest.layers} config={config} /> }, { id: "configuration", label: "Configuration", content: <Configuration query={config} /> });
  tabs.push(
    { id: "findings", label: "Scan findings", content: <Findings name={name} digest={digest} /> },
    { id: "referrers", label: "Referrers", content: <Referrers name={name} digest={digest} /> },
    { id: "pull", label: "Pull commands", content: <PullCommands name={name} digest={digest} tags={tags} /> },
    { id: "manifest", label: "Manifest", content: <JsonText label="Manifest" text={manifest.text} /> },
  );
  return (
    <SpaceBetween size="m">
      <Header variant="h1">
        <span style={{ overflowWrap: "anywhere" }}>{tags.length > 0 ? `${name}:${tags[0] ?? ""}` : `${name}, untagged`}</span>
      </Header>
      <Container header={<Header variant="h2">Details</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: "Digest", value: <Copyable text={digest} name="digest" /> },
            { label: "Tags", value: tags.join(", ") || "–" },
            { label: "Size (MiB)", value: mebibytes(detail.imageSizeInBytes) },
            { label: "Pushed at", value: moment(detail.imagePushedAt) },
            { label: "Last pull", value: moment(detail.lastRecordedPullTime) },
            { label: "Status", value: detail.imageStatus ?? "ACTIVE" },
            { label: "Media type", value: manifest.mediaType },
            { label: "Artifact type", value: detail.artifactMediaType ?? (manifest.artifactType || "–") },
            { label: "Platform", value: manifest.children ? `${manifest.children.length} manifests` : (config.data?.platform ?? "") || "–" },
            ...(manifest.subject ? [{ label: "Refers to", value: <ScreenLink to={imagePath(name, manifest.subject.digest)}>{shortDigest(manifest.subject.digest)}</ScreenLink> }] : []),
            ...manifest.annotations.slice(0, 20).map(([label, value]) => ({ label, value: <span style={{ overflowWrap: "anywhere" }}>{value}</span> })),
          ]}
        />
      </Container>
      <Tabs activeTabId={tabs.some((one) => one.id === tab) ? (tab ?? "") : (tabs[0]?.id ?? "")} onChange={(event) => onTab(event.detail.activeTabId)} ariaLabel="Parts of the image" tabs={tabs} />
    </SpaceBetween>
  );
}
