/** What refers to an image: signatures, SBOMs, attestations. */
import { ListImageReferrersCommand } from "@aws-sdk/client-ecr";

import { useClients } from "../../app/clients";
import { gather, useQuery } from "../../app/queries";
import { Copyable } from "../../shared/copy";
import { type Columns, DataTable } from "../../shared/data-table";
import { shortDigest } from "../../shared/format";
import { imagePath, ScreenLink } from "../../shared/links";

interface Row {
  repository: string;
  digest: string;
  type: string;
  size: number;
  status: string;
  notes: string;
}

const COLUMNS: Columns<Row> = [
  { id: "type", header: "Artifact type", cell: (one) => <ScreenLink to={imagePath(one.repository, one.digest)}>{one.type}</ScreenLink>, sortingField: "type", isRowHeader: true },
  { id: "digest", header: "Digest", cell: (one) => <Copyable text={one.digest} shown={shortDigest(one.digest)} name="digest" />, sortingField: "digest", minWidth: 240 },
  { id: "size", header: "Size (bytes)", cell: (one) => one.size, sortingField: "size" },
  { id: "status", header: "Status", cell: (one) => one.status, sortingField: "status" },
  { id: "notes", header: "Annotations", cell: (one) => one.notes || "–" },
];

export function Referrers({ name, digest }: { name: string; digest: string }) {
  const { ecr } = useClients();
  const { data, error, loading, reload } = useQuery(async () => {
    const found = await gather(
      (nextToken) => ecr.send(new ListImageReferrersCommand({ repositoryName: name, subjectId: { imageDigest: digest }, nextToken })),
      (page) => ({ items: page.referrers, token: page.nextToken }),
      1000,
    );
    return found.map((one) => ({
      repository: name,
      digest: one.digest ?? "",
      type: one.artifactType ?? one.mediaType ?? "",
      size: one.size ?? 0,
      status: one.artifactStatus ?? "ACTIVE",
      notes: Object.entries(one.annotations ?? {})
        .map(([key, value]) => `${key}: ${value}`)
        .join("; "),
    }));
  }, [ecr, name, digest]);
  return (
    <DataTable
      title="Referrers"
      noun="referrers"
      columns={COLUMNS}
      rows={data}
      loading={loading}
      error={error}
      reload={reload}
      trackBy="digest"
      filterBy={["type", "digest", "status", "notes"]}
      rowName={(one) => one.type}
      sortedBy="type"
      empty="No signature, SBOM or other artifact refers to this image."
    />
  );
}
