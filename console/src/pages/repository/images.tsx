/** The images of a repository. */
import { DescribeImagesCommand, type ImageDetail, StartImageScanCommand } from "@aws-sdk/client-ecr";
import Button from "@cloudscape-design/components/button";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useEffect, useState } from "react";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { gather, useQuery } from "../../app/queries";
import { Copyable } from "../../shared/copy";
import { type Columns, DataTable } from "../../shared/data-table";
import { mebibytes, moment, shortDigest } from "../../shared/format";
import { imagePath, ScreenLink } from "../../shared/links";
import { gravity, SeverityCounts } from "../../shared/severity";
import { PushCommands } from "../repositories/push-commands";
import { DeleteImages } from "./delete-images";

/** An image, flat: what the table sorts by and the filter finds. */
export interface ImageRow {
  repository: string;
  digest: string;
  tags: string;
  tagList: string[];
  pushed: Date | undefined;
  size: number;
  type: string;
  mediaType: string;
  scan: string;
  worst: number;
  counts: Partial<Record<string, number>>;
  pulled: Date | undefined;
  status: string;
}

const ASK_AGAIN_MS = 2500;

export function useImages(name: string) {
  const { ecr } = useClients();
  return useQuery(async () => {
    const details = await gather(
      (nextToken) => ecr.send(new DescribeImagesCommand({ repositoryName: name, nextToken, maxResults: 1000 })),
      (page) => ({ items: page.imageDetails, token: page.nextToken }),
    );
    return details.map((detail) => flatten(name, detail));
  }, [ecr, name]);
}

function flatten(repository: string, detail: ImageDetail): ImageRow {
  const counts = detail.imageScanFindingsSummary?.findingSeverityCounts ?? {};
  const found = Object.keys(counts).filter((severity) => counts[severity as keyof typeof counts]);
  return {
    repository,
    digest: detail.imageDigest ?? "",
    tags: (detail.imageTags ?? []).join(", "),
    tagList: detail.imageTags ?? [],
    pushed: detail.imagePushedAt,
    size: detail.imageSizeInBytes ?? 0,
    type: describeType(detail),
    mediaType: detail.imageManifestMediaType ?? "",
    scan: detail.imageScanStatus?.status ?? "",
    worst: found.length > 0 ? Math.min(...found.map(gravity)) : gravity(undefined),
    counts,
    pulled: detail.lastRecordedPullTime,
    status: detail.imageStatus ?? "ACTIVE",
  };
}

function describeType(detail: ImageDetail): string {
  const manifest = detail.imageManifestMediaType ?? "";
  if (manifest.includes("index") || manifest.includes("manifest.list")) return "Image index";
  const artifact = detail.artifactMediaType ?? "";
  if (!artifact || /vnd\.(oci\.image\.config|docker\.container\.image)/.test(artifact)) return "Image";
  if (artifact.includes("helm")) return "Helm chart";
  return artifact;
}

const SCAN_STATES: Record<string, { type: StatusIndicatorProps.Type; text: string }> = {
  COMPLETE: { type: "success", text: "Complete" },
  ACTIVE: { type: "success", text: "Active" },
  IN_PROGRESS: { type: "in-progress", text: "In progress" },
  PENDING: { type: "pending", text: "Pending" },
  FAILED: { type: "error", text: "Failed" },
  UNSUPPORTED_IMAGE: { type: "warning", text: "Unsupported image" },
};

export function ScanState({ status }: { status: string }) {
  if (!status) return <>–</>;
  const state = SCAN_STATES[status] ?? { type: "info" as const, text: status };
  return <StatusIndicator type={state.type}>{state.text}</StatusIndicator>;
}

const COLUMNS: Columns<ImageRow> = [
  {
    id: "tags",
    header: "Image tags",
    cell: (one) => <ScreenLink to={imagePath(one.repository, one.digest)}>{one.tags || "<untagged>"}</ScreenLink>,
    sortingField: "tags",
    isRowHeader: true,
    minWidth: 140,
  },
  { id: "type", header: "Type", cell: (one) => one.type, sortingField: "type" },
  { id: "pushed", header: "Pushed at", cell: (one) => moment(one.pushed), sortingField: "pushed" },
  { id: "size", header: "Size (MiB)", cell: (one) => mebibytes(one.size), sortingField: "size" },
  { id: "digest", header: "Digest", cell: (one) => <Copyable text={one.digest} shown={shortDigest(one.digest)} name="digest" />, sortingField: "digest", minWidth: 210 },
  { id: "scan", header: "Scan status", cell: (one) => <ScanState status={one.scan} />, sortingField: "scan" },
  {
    id: "findings",
    header: "Findings",
    cell: (one) => (one.scan === "COMPLETE" || one.scan === "ACTIVE" ? <ScreenLink to={`${imagePath(one.repository, one.digest)}&tab=findings`} ariaLabel={`Findings of ${one.tags || one.digest}`}><SeverityCounts counts={one.counts} /></ScreenLink> : "–"),
    sortingField: "worst",
  },
  { id: "pulled", header: "Last pull", cell: (one) => moment(one.pulled), sortingField: "pulled" },
  { id: "status", header: "Image status", cell: (one) => one.status.charAt(0) + one.status.slice(1).toLowerCase(), sortingField: "status" },
  { id: "mediaType", header: "Manifest media type", cell: (one) => one.mediaType, sortingField: "mediaType" },
];

const TAG_STATES = [
  { value: "ANY", label: "Any tag status", holds: (_: number) => true },
  { value: "TAGGED", label: "Tagged", holds: (tags: number) => tags > 0 },
  { value: "UNTAGGED", label: "Untagged", holds: (tags: number) => tags === 0 },
];

export function ImagesTab({ name, uri }: { name: string; uri: string }) {
  const { ecr } = useClients();
  const { succeed, fail } = useNotices();
  const { data, error, loading, reload } = useImages(name);
  const [deleting, setDeleting] = useState<ImageRow[] | null>(null);
  const [scanning, setScanning] = useState(false);
  const [pushing, setPushing] = useState(false);
  const [tagged, setTagged] = useState(TAG_STATES[0]);
  const rows = data?.filter((one) => tagged?.holds(one.tagList.length) ?? true);
  const unfinished = data?.some((one) => one.scan === "IN_PROGRESS") ?? false;
  useEffect(() => {
    if (!unfinished) return undefined;
    const timer = setTimeout(reload, ASK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [unfinished, data, reload]);

  const scan = async (rows: ImageRow[]) => {
    setScanning(true);
    for (const { digest, tags } of rows) {
      try {
        await ecr.send(new StartImageScanCommand({ repositoryName: name, imageId: { imageDigest: digest } }));
        succeed(`A scan of ${tags || shortDigest(digest)} was started.`);
      } catch (failure) {
        fail(failure);
      }
    }
    setScanning(false);
    reload();
  };

  return (
    <>
      <DataTable
        title="Images"
        noun="images"
        columns={COLUMNS}
        hidden={["status", "mediaType"]}
        rows={rows}
        controls={<Select selectedOption={tagged ?? null} options={TAG_STATES.map(({ value, label }) => ({ value, label }))} onChange={(event) => setTagged(TAG_STATES.find(({ value }) => value === event.detail.selectedOption.value))} ariaLabel="Tag status" />}
        loading={loading}
        error={error}
        reload={reload}
        trackBy="digest"
        rowName={(one) => one.tags || one.digest}
        sortedBy="pushed"
        descending
        selection="multi"
        wrap={false}
        filterBy={["tags", "digest", "type", "scan", "status"]}
        empty={
          <SpaceBetween size="s">
            <span>{data?.length ? "No images of this tag status." : "No images yet."}</span>
            {data?.length ? null : <Button onClick={() => setPushing(true)}>See how to push one</Button>}
          </SpaceBetween>
        }
        actions={(selected) => (
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setDeleting(selected)}>
              Delete
            </Button>
            <Button disabled={selected.length === 0} loading={scanning} onClick={() => void scan(selected)}>
              Scan
            </Button>
          </SpaceBetween>
        )}
      />
      {pushing ? <PushCommands uri={uri} onClose={() => setPushing(false)} /> : null}
      {deleting ? (
        <DeleteImages
          name={name}
          images={deleting}
          onClose={() => setDeleting(null)}
          onDone={() => {
            setDeleting(null);
            reload();
          }}
        />
      ) : null}
    </>
  );
}
