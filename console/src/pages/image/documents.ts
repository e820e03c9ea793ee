/** Manifests, indexes and configurations as they come: nothing in them is taken for granted. */

export interface Descriptor {
  digest: string;
  mediaType: string;
  size: number;
  artifactType: string;
  platform: string;
  annotations: [string, string][];
}

export interface Manifest {
  text: string;
  mediaType: string;
  artifactType: string;
  config: Descriptor | undefined;
  layers: Descriptor[];
  children: Descriptor[] | undefined;
  subject: Descriptor | undefined;
  annotations: [string, string][];
}

export interface Step {
  command: string;
  created: string;
  empty: boolean;
}

export interface Config {
  platform: string;
  created: string;
  author: string;
  user: string;
  workingDir: string;
  stopSignal: string;
  entrypoint: string[];
  command: string[];
  environment: [string, string][];
  ports: string[];
  volumes: string[];
  labels: [string, string][];
  history: Step[];
  text: string;
}

type Fields = Record<string, unknown>;

const fields = (value: unknown): Fields => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === "string" ? value : typeof value === "number" ? String(value) : "");
const pairs = (value: unknown): [string, string][] => Object.entries(fields(value)).map(([name, one]) => [name, text(one)]);

function readDescriptor(value: unknown): Descriptor {
  const given = fields(value);
  const platform = fields(given["platform"]);
  return {
    digest: text(given["digest"]),
    mediaType: text(given["mediaType"]),
    size: typeof given["size"] === "number" ? given["size"] : 0,
    artifactType: text(given["artifactType"]),
    platform: [platform["os"], platform["architecture"], platform["variant"]].map(text).filter(Boolean).join("/"),
    annotations: pairs(given["annotations"]),
  };
}

/** Reads a manifest or index. Raises SyntaxError on what is no JSON. */
export function readManifest(manifest: string, mediaType: string): Manifest {
  const given = fields(JSON.parse(manifest));
  return {
    text: JSON.stringify(given, null, 2),
    mediaType: mediaType || text(given["mediaType"]),
    artifactType: text(given["artifactType"]),
    config: given["config"] === undefined ? undefined : readDescriptor(given["config"]),
    layers: list(given["layers"]).map(readDescriptor),
    children: Array.isArray(given["manifests"]) ? given["manifests"].map(readDescriptor) : undefined,
    subject: given["subject"] === undefined ? undefined : readDescriptor(given["subject"]),
    annotations: pairs(given["annotations"]),
  };
}

/** Reads an image's configuration. Raises SyntaxError on what is no JSON. */
export function readConfig(config: string): Config {
  const given = fields(JSON.parse(config));
  const run = fields(given["config"]);
  return {
    platform: [given["os"], given["architecture"], given["variant"]].map(text).filter(Boolean).join("/"),
    created: text(given["created"]),
    author: text(given["author"]),
    user: text(run["User"]),
    workingDir: text(run["WorkingDir"]),
    stopSignal: text(run["StopSignal"]),
    entrypoint: list(run["Entrypoint"]).map(text),
    command: list(run["Cmd"]).map(text),
    environment: list(run["Env"]).map((one) => splitAt(text(one))),
    ports: Object.keys(fields(run["ExposedPorts"])),
    volumes: Object.keys(fields(run["Volumes"])),
    labels: pairs(run["Labels"]),
    history: list(given["history"]).map((one) => {
      const step = fields(one);
      return { command: text(step["created_by"]) || text(step["comment"]), created: text(step["created"]), empty: step["empty_layer"] === true };
    }),
    text: JSON.stringify(given, null, 2),
  };
}

function splitAt(entry: string): [string, string] {
  const at = entry.indexOf("=");
  return at < 0 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)];
}

/** A build step as it stood in the Dockerfile, as far as the history tells. */
export function dockerfileLine(command: string): string {
  const plain = command.replace(/\s+# buildkit$/, "");
  const nop = /^\/bin\/sh -c #\(nop\)\s*(.*)$/s.exec(plain);
  if (nop) return nop[1] ?? "";
  const shell = /^(?:RUN\s+)?(?:\|\d+ .*? )?\/bin\/sh -c (.*)$/s.exec(plain);
  return shell ? `RUN ${shell[1] ?? ""}` : plain;
}

export interface LayerRow {
  step: number;
  command: string;
  digest: string;
  mediaType: string;
  size: number;
}

/** Layers and build steps side by side: steps without a layer too, layers without a step too. */
export function pairLayers(layers: Descriptor[], history: Step[]): LayerRow[] {
  const rows: LayerRow[] = [];
  let next = 0;
  for (const { command, empty } of history) {
    const layer = empty ? undefined : layers[next];
    if (!empty) next += 1;
    rows.push({ step: rows.length + 1, command: dockerfileLine(command), digest: layer?.digest ?? "", mediaType: layer?.mediaType ?? "", size: layer?.size ?? 0 });
  }
  for (const layer of layers.slice(next)) rows.push({ step: rows.length + 1, command: "", digest: layer.digest, mediaType: layer.mediaType, size: layer.size });
  return rows;
}
