/** How much a repository holds, counted from what DescribeImages tells of its images. */
import { DescribeImagesCommand, type ECRClient } from "@aws-sdk/client-ecr";

import { gather } from "../app/queries";

export interface Usage {
  images: number;
  /** Of all images; a layer that several have counts for each. */
  bytes: number;
  tagsMax: number;
}

const IMAGES_MAX = 100_000;

export async function usageOf(ecr: ECRClient, repositoryName: string): Promise<Usage> {
  const details = await gather(
    (nextToken) => ecr.send(new DescribeImagesCommand({ repositoryName, nextToken, maxResults: 1000 })),
    (page) => ({ items: page.imageDetails, token: page.nextToken }),
    IMAGES_MAX,
  );
  return {
    images: details.length,
    bytes: details.reduce((sum, one) => sum + (one.imageSizeInBytes ?? 0), 0),
    tagsMax: details.reduce((most, one) => Math.max(most, one.imageTags?.length ?? 0), 0),
  };
}
