/** Deleting repositories, with the word typed. */
import { DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import Alert from "@cloudscape-design/components/alert";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { Confirm } from "../../shared/confirm";

export function DeleteRepositories({ names, onClose, onDone }: { names: string[]; onClose: () => void; onDone: () => void }) {
  const { ecr } = useClients();
  const { succeed, fail } = useNotices();
  const remove = async () => {
    for (const repositoryName of names) {
      try {
        await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
        succeed(`Repository ${repositoryName} was deleted.`);
      } catch (error) {
        fail(error);
      }
    }
    onDone();
  };
  return (
    <Confirm title={names.length === 1 ? `Delete ${names[0] ?? ""}?` : `Delete ${names.length} repositories?`} action="Delete" word="delete" onConfirm={remove} onClose={onClose}>
      <Alert type="warning">
        These go with every image in them, and do not come back:
        <ul>
          {names.map((name) => (
            <li key={name}>{name}</li>
          ))}
        </ul>
      </Alert>
    </Confirm>
  );
}
