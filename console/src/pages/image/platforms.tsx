/** What an index holds: a manifest for each platform, and what belongs to them. */
import { imagePath, ScreenLink } from "../../shared/links";
import { Copyable } from "../../shared/copy";
import { type Columns, DataTable } from "../../shared/data-table";
import { shortDigest } from "../../shared/format";
import type { Descriptor } from "./documents";

interface Row {
  repository: string;
  digest: string;
  platform: string;
  mediaType: string;
  size: number;
  notes: string;
}

const COLUMNS: Columns<Row> = [
  { id: "platform", header: "Platform", cell: (one) => <ScreenLink to={imagePath(one.repository, one.digest)}>{one.platform}</ScreenLink>, sortingField: "platform", isRowHeader: true },
  { id: "digest", header: "Digest", cell: (one) => <Copyable text={one.digest} shown={shortDigest(one.digest)} name="digest" />, sortingField: "digest", minWidth: 240 },
  { id: "mediaType", header: "Media type", cell: (one) => one.mediaType, sortingField: "mediaType" },
  { id: "size", header: "Manifest size (bytes)", cell: (one) => one.size, sortingField: "size" },
  { id: "notes", header: "Annotations", cell: (one) => one.notes || "–" },
];

export function Platforms({ name, manifests }: { name: string; manifests: Descriptor[] }) {
  const rows = manifests.map((one) => ({
    repository: name,
    digest: one.digest,
    platform: one.platform || one.artifactType || "Not said",
    mediaType: one.mediaType,
    size: one.size,
    notes: one.annotations.map(([key, value]) => `${key}: ${value}`).join("; "),
  }));
  return <DataTable title="Platforms" noun="manifests" columns={COLUMNS} rows={rows} trackBy="digest" filterBy={["platform", "digest", "mediaType", "notes"]} rowName={(one) => one.platform} sortedBy="platform" empty="The index is empty." />;
}
