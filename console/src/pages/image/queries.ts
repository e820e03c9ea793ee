/** What the image's screen asks for. */
import { BatchGetImageCommand, DescribeImagesCommand, type ECRClient, GetDownloadUrlForLayerCommand, type ImageDetail } from "@aws-sdk/client-ecr";

import { type Config, type Descriptor, type Manifest, readConfig, readManifest } from "./documents";

const MEDIA_TYPES = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v1+prettyjws",
];
const CONFIG_TYPES = ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];
const CONFIG_BYTES_MAX = 4 * 1024 * 1024;

export interface Image {
  detail: ImageDetail;
  manifest: Manifest;
}

export async function askImage(ecr: ECRClient, repositoryName: string, imageDigest: string): Promise<Image> {
  const imageIds = [{ imageDigest }];
  const [described, got] = await Promise.all([
    ecr.send(new DescribeImagesCommand({ repositoryName, imageIds })),
    ecr.send(new BatchGetImageCommand({ repositoryName, imageIds, acceptedMediaTypes: MEDIA_TYPES })),
  ]);
  const image = got.images?.[0];
  const detail = described.imageDetails?.[0];
  if (!image || !detail) {
    const failure = got.failures?.[0];
    throw Object.assign(new Error(failure?.failureReason ?? "The image is not there."), { name: failure?.failureCode ?? "ImageNotFound", $metadata: got.$metadata });
  }
  return { detail, manifest: readManifest(image.imageManifest ?? "{}", image.imageManifestMediaType ?? "") };
}

/** The image's configuration; nothing for an index, and for what is no image. */
export async function askConfig(ecr: ECRClient, repositoryName: string, config: Descriptor | undefined): Promise<Config | null> {
  if (!config || !CONFIG_TYPES.includes(config.mediaType)) return null;
  if (config.size > CONFIG_BYTES_MAX) throw new Error("The image's configuration is too large to be shown.");
  const { downloadUrl, $metadata } = await ecr.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest: config.digest }));
  const from = new URL(downloadUrl ?? "", location.origin);
  // This server gives the URL under the name that it is known by; the page stays with its own.
  const answer = await fetch(`${location.origin}${from.pathname}${from.search}`, { credentials: "omit" });
  if (!answer.ok) throw Object.assign(new Error(`The configuration could not be read: HTTP status ${answer.status}.`), { $metadata });
  return readConfig(await answer.text());
}
