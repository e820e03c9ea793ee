/** The layers of an image beside the build steps that made them. */
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { Problem } from "../../app/problem";
import type { Query } from "../../app/queries";
import { Copyable } from "../../shared/copy";
import { type Columns, DataTable } from "../../shared/data-table";
import { mebibytes, shortDigest } from "../../shared/format";
import { type Config, type Descriptor, type LayerRow, pairLayers } from "./documents";

const COLUMNS: Columns<LayerRow> = [
  { id: "step", header: "Step", cell: (one) => one.step, sortingField: "step", width: 100 },
  { id: "command", header: "Dockerfile history", cell: (one) => <code style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>{one.command || "–"}</code>, sortingField: "command", isRowHeader: true, minWidth: 320 },
  { id: "size", header: "Size (MiB)", cell: (one) => (one.digest ? mebibytes(one.size) : <Box color="text-body-secondary">no layer</Box>), sortingField: "size", minWidth: 120 },
  { id: "digest", header: "Layer digest", cell: (one) => (one.digest ? <Copyable text={one.digest} shown={shortDigest(one.digest)} name="layer digest" /> : "–"), sortingField: "digest", minWidth: 250 },
  { id: "mediaType", header: "Media type", cell: (one) => one.mediaType || "–", sortingField: "mediaType", minWidth: 240 },
];

export function Layers({ layers, config }: { layers: Descriptor[]; config: Query<Config | null> }) {
  const total = layers.reduce((sum, layer) => sum + layer.size, 0);
  return (
    <SpaceBetween size="m">
      {config.error ? <Problem error={config.error} retry={config.reload} /> : null}
      <DataTable
        title={`Layers: ${layers.length}, together ${mebibytes(total)} MiB`}
        noun="steps"
        columns={COLUMNS}
        hidden={["mediaType"]}
        rows={config.loading ? undefined : pairLayers(layers, config.data?.history ?? [])}
        loading={config.loading}
        trackBy="step"
        rowName={(one) => `step ${one.step}`}
        sortedBy="step"
        empty="This has no layers."
        pageSize={50}
      />
    </SpaceBetween>
  );
}
