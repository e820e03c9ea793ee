// The ECR API as JavaScript programs use it: `node ecr.mjs SCENARIO`, ends with 0 when all is well.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as ecr from "@aws-sdk/client-ecr";

// Endpoint, region and credentials come from the environment, as for any program.
const client = new ecr.ECRClient({ maxAttempts: 1 });
const send = (name, params = {}) => client.send(new ecr[`${name}Command`](params));
const digestOf = (bytes) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const OCI = "application/vnd.oci.image";

async function refusal(name, params) {
  try {
    await send(name, params);
  } catch (error) {
    return error;
  }
  return assert.fail(`${name} was not refused`);
}

async function pushLayer(repositoryName, ...parts) {
  const { uploadId } = await send("InitiateLayerUpload", { repositoryName });
  let first = 0;
  for (const part of parts) {
    const answer = await send("UploadLayerPart", {
      repositoryName,
      uploadId,
      partFirstByte: first,
      partLastByte: first + part.length - 1,
      layerPartBlob: part,
    });
    first += part.length;
    assert.equal(answer.lastByteReceived, first - 1);
  }
  const digest = digestOf(Buffer.concat(parts));
  const layerDigests = [digest];
  const done = await send("CompleteLayerUpload", { repositoryName, uploadId, layerDigests });
  assert.equal(done.layerDigest, digest);
  return digest;
}

async function pushImage(repositoryName, imageTag, content) {
  const config = Buffer.from(JSON.stringify({ content }));
  const digest = await pushLayer(repositoryName, config);
  const imageManifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: { mediaType: `${OCI}.config.v1+json`, digest, size: config.length },
    layers: [],
  });
  const { image } = await send("PutImage", { repositoryName, imageManifest, imageTag });
  assert.equal(image.imageId.imageDigest, digestOf(imageManifest));
  return image;
}

const scenarios = {
  async repositories() {
    const tags = [{ Key: "team", Value: "web" }];
    const { repository } = await send("CreateRepository", { repositoryName: "js/app", tags });
    assert.ok(repository.createdAt instanceof Date);
    assert.equal(repository.imageTagMutability, "MUTABLE");
    const again = await refusal("CreateRepository", { repositoryName: "js/app" });
    assert.ok(again instanceof ecr.RepositoryAlreadyExistsException);
    assert.match(again.message, /The repository with name 'js\/app' already exists in the registry/);
    assert.equal(again.$metadata.httpStatusCode, 400);
    assert.match(again.$metadata.requestId, /^[0-9a-f-]{36}$/);
    const resourceArn = repository.repositoryArn;
    assert.deepEqual((await send("ListTagsForResource", { resourceArn })).tags, tags);
    await send("DeleteRepository", { repositoryName: "js/app" });
    const gone = await refusal("DescribeRepositories", { repositoryNames: ["js/app"] });
    assert.ok(gone instanceof ecr.RepositoryNotFoundException);
  },

  async images() {
    const repositoryName = "js/images";
    await send("CreateRepository", { repositoryName });
    const pushed = [];
    for (const tag of ["v1", "v2", "v3"]) pushed.push(await pushImage(repositoryName, tag, tag));
    const imageIds = [{ imageTag: "v2" }, { imageTag: "none" }];
    const got = await send("BatchGetImage", { repositoryName, imageIds });
    assert.equal(got.images[0].imageManifest, pushed[1].imageManifest);
    assert.equal(got.failures[0].failureCode, "ImageNotFound");
    const { imageDetails } = await send("DescribeImages", { repositoryName });
    assert.ok(imageDetails.every((one) => one.imagePushedAt instanceof Date));
    const found = [];
    for await (const page of ecr.paginateListImages({ client, pageSize: 1 }, { repositoryName })) {
      assert.equal(page.imageIds.length, 1);
      found.push(page.imageIds[0].imageTag);
    }
    assert.deepEqual(found, ["v1", "v2", "v3"]);
    const target = { repositoryName, imageId: { imageTag: "v3" }, targetStorageClass: "ARCHIVE" };
    assert.equal((await send("UpdateImageStorageClass", target)).imageStatus, "ARCHIVED");
    const gone = await send("BatchDeleteImage", { repositoryName, imageIds: [{ imageTag: "v1" }] });
    assert.equal(gone.imageIds[0].imageDigest, pushed[0].imageId.imageDigest);
    const none = await refusal("DescribeImages", { repositoryName, imageIds: [{ imageTag: "v1" }] });
    assert.ok(none instanceof ecr.ImageNotFoundException);
  },

  async layers() {
    const repositoryName = "js/layers";
    await send("CreateRepository", { repositoryName });
    const part = Buffer.alloc(5 * 1024 * 1024, "a");
    const layerDigest = await pushLayer(repositoryName, part, part, Buffer.from("end"));
    const { downloadUrl } = await send("GetDownloadUrlForLayer", { repositoryName, layerDigest });
    const content = Buffer.from(await (await fetch(downloadUrl)).arrayBuffer());
    assert.equal(digestOf(content), layerDigest);
    const { uploadId } = await send("InitiateLayerUpload", { repositoryName });
    const place = { partFirstByte: 9, partLastByte: 9, layerPartBlob: Buffer.from("x") };
    const early = await refusal("UploadLayerPart", { repositoryName, uploadId, ...place });
    assert.ok(early instanceof ecr.InvalidLayerPartException);
    assert.equal(early.lastValidByteReceived, -1);
    assert.equal(early.uploadId, uploadId);
  },

  async waiters() {
    const repositoryName = "js/waiters";
    await send("CreateRepository", { repositoryName });
    for (const tag of ["v1", "v2", "v3"]) await pushImage(repositoryName, tag, tag);
    const selection = { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 };
    const rules = [{ rulePriority: 1, selection, action: { type: "expire" } }];
    const lifecyclePolicyText = JSON.stringify({ rules });
    await send("StartLifecyclePolicyPreview", { repositoryName, lifecyclePolicyText });
    const patience = { client, maxWaitTime: 60, minDelay: 1, maxDelay: 2 };
    const waited = await ecr.waitUntilLifecyclePolicyPreviewComplete(patience, { repositoryName });
    assert.equal(waited.state, "SUCCESS");
    const expired = [];
    const pages = ecr.paginateGetLifecyclePolicyPreview({ client, pageSize: 1 }, { repositoryName });
    for await (const page of pages) expired.push(...page.previewResults);
    assert.deepEqual(expired.map((one) => one.imageTags[0]).sort(), ["v1", "v2"]);
    assert.ok(expired.every((one) => one.imagePushedAt instanceof Date));
  },

  async credentials() {
    const { authorizationData } = await send("GetAuthorizationToken");
    const [{ authorizationToken, expiresAt, proxyEndpoint }] = authorizationData;
    assert.ok(expiresAt > new Date());
    const headers = { authorization: `Basic ${authorizationToken}` };
    assert.equal((await fetch(`${proxyEndpoint}/v2/`, { headers })).status, 200);
    const credentials = { accessKeyId: "AKIAUNKNOWN000000000", secretAccessKey: "x" };
    const stranger = new ecr.ECRClient({ credentials, maxAttempts: 1 });
    await assert.rejects(stranger.send(new ecr.DescribeRegistryCommand({})), {
      name: "UnrecognizedClientException",
    });
  },

  // Every command that the SDK has is known here; most want parameters.
  async completeness() {
    const names = Object.keys(ecr).filter((name) => /^[A-Z].*Command$/.test(name));
    const unknown = [];
    for (const name of names.map((one) => one.replace(/Command$/, ""))) {
      try {
        await send(name);
      } catch (error) {
        if (error.name === "UnknownOperationException") unknown.push(name);
        else assert.ok(error instanceof ecr.ECRServiceException, `${name}: ${error}`);
      }
    }
    assert.ok(names.length > 60);
    assert.deepEqual(unknown, []);
  },
};

const scenario = process.argv[2];
await scenarios[scenario]();
console.log(`${scenario}: well`);
