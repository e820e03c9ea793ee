/** Where the images of a repository are replicated to, and how far that has come. */
import { DescribeImageReplicationStatusCommand } from "@aws-sdk/client-ecr";
import Alert from "@cloudscape-design/components/alert";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

import { useClients } from "../../app/clients";
import { Problem } from "../../app/problem";
import { type Query, useQuery } from "../../app/queries";
import { type Columns, DataTable } from "../../shared/data-table";
import { moment, shortDigest } from "../../shared/format";
import { imagePath, ScreenLink } from "../../shared/links";
import { askEach } from "../../shared/tasks";
import { type ImageRow, useImages } from "./images";

/** A question for each image is asked: only so many of them, the newest. */
const IMAGES_MAX = 200;

interface Row {
  id: string;
  repository: string;
  digest: string;
  tags: string;
  pushed: Date | undefined;
  destination: string;
  status: string;
  reason: string;
}

const COLUMNS: Columns<Row> = [
  { id: "tags", header: "Image tags", cell: (one) => <ScreenLink to={imagePath(one.repository, one.digest)}>{one.tags || shortDigest(one.digest)}</ScreenLink>, sortingField: "tags", isRowHeader: true },
  { id: "pushed", header: "Pushed at", cell: (one) => moment(one.pushed), sortingField: "pushed" },
  { id: "destination", header: "Destination", cell: (one) => one.destination, sortingField: "destination" },
  { id: "status", header: "Status", cell: (one) => <State status={one.status} />, sortingField: "status" },
  { id: "reason", header: "Reason", cell: (one) => one.reason || "–", sortingField: "reason" },
];

function State({ status }: { status: string }) {
  if (status === "COMPLETE") return <StatusIndicator>Complete</StatusIndicator>;
  if (status === "FAILED") return <StatusIndicator type="error">Failed</StatusIndicator>;
  return <StatusIndicator type="in-progress">In progress</StatusIndicator>;
}

function useStatuses(name: string, images: Query<ImageRow[]>) {
  const { ecr } = useClients();
  return useQuery<{ rows: Row[]; asked: number } | undefined>(async () => {
    if (!images.data) return undefined;
    const newest = [...images.data].sort((a, b) => (b.pushed?.getTime() ?? 0) - (a.pushed?.getTime() ?? 0)).slice(0, IMAGES_MAX);
    const statuses = await askEach(newest, async ({ digest, tags, pushed }) => {
      const answer = await ecr.send(new DescribeImageReplicationStatusCommand({ repositoryName: name, imageId: { imageDigest: digest } }));
      return (answer.replicationStatuses ?? []).map((one) => ({
        id: `${digest} ${one.registryId ?? ""} ${one.region ?? ""}`,
        repository: name,
        digest,
        tags,
        pushed,
        destination: `${one.registryId ?? ""}, ${one.region ?? ""}`,
        status: one.status ?? "",
        reason: one.failureCode ?? "",
      }));
    });
    return { rows: statuses.flat(), asked: newest.length };
  }, [ecr, name, images.data]);
}

export function ReplicationTab({ name }: { name: string }) {
  const images = useImages(name);
  const statuses = useStatuses(name, images);
  if (images.error) return <Problem error={images.error} retry={images.reload} />;
  const total = images.data?.length ?? 0;
  return (
    <SpaceBetween size="m">
      {total > IMAGES_MAX ? <Alert type="info">This shows the {IMAGES_MAX} images that were pushed last, of {total}.</Alert> : null}
      <DataTable
        title="Replication status"
        noun="replications"
        columns={COLUMNS}
        rows={statuses.data?.rows}
        loading
        error={statuses.error}
        reload={images.reload}
        trackBy="id"
        filterBy={["tags", "digest", "destination", "status", "reason"]}
        rowName={(one) => `${one.tags || one.digest} to ${one.destination}`}
        sortedBy="pushed"
        descending
        empty="No image of this repository is replicated. The registry's replication rules say which are."
      />
    </SpaceBetween>
  );
}
