/** Deleting images, with a list of what goes. */
import { BatchDeleteImageCommand } from "@aws-sdk/client-ecr";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { Confirm } from "../../shared/confirm";
import { mebibytes } from "../../shared/format";
import type { ImageRow } from "./images";

const AT_ONCE = 100;

interface Props {
  name: string;
  images: ImageRow[];
  onClose: () => void;
  onDone: () => void;
}

export function DeleteImages({ name, images, onClose, onDone }: Props) {
  const { ecr } = useClients();
  const { succeed, fail } = useNotices();
  const remove = async () => {
    const gone = new Set<string>();
    const failures: string[] = [];
    try {
      for (let start = 0; start < images.length; start += AT_ONCE) {
        const imageIds = images.slice(start, start + AT_ONCE).map((one) => ({ imageDigest: one.digest }));
        const answer = await ecr.send(new BatchDeleteImageCommand({ repositoryName: name, imageIds }));
        answer.imageIds?.forEach((one) => gone.add(one.imageDigest ?? ""));
        answer.failures?.forEach((one) => failures.push(`${one.imageId?.imageDigest ?? ""}: ${one.failureReason ?? one.failureCode ?? ""}`));
      }
    } catch (error) {
      fail(error);
    }
    if (gone.size > 0) succeed(`${gone.size === 1 ? "One image was" : `${gone.size} images were`} deleted from ${name}.`);
    if (failures.length > 0) fail(Object.assign(new Error(failures.slice(0, 10).join("\n")), { name: "SomeImagesStay" }));
    onDone();
  };
  return (
    <Confirm title={images.length === 1 ? "Delete this image?" : `Delete ${images.length} images?`} action="Delete" word="delete" onConfirm={remove} onClose={onClose}>
      <Alert type="warning">These go with all their tags, and do not come back:</Alert>
      <div tabIndex={0} role="region" aria-label="Images to delete" style={{ maxHeight: "40vh", overflowY: "auto" }}>
        <ul>
          {images.map((one) => (
            <li key={one.digest} style={{ overflowWrap: "anywhere" }}>
              <Box variant="strong">{one.tags || "<untagged>"}</Box> ({one.type}, {mebibytes(one.size)} MiB)
              <br />
              <Box variant="small">{one.digest}</Box>
            </li>
          ))}
        </ul>
      </div>
    </Confirm>
  );
}
