/** Changing what of a repository can be changed. */
import { PutImageScanningConfigurationCommand, PutImageTagMutabilityCommand, type Repository } from "@aws-sdk/client-ecr";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { Problem } from "../../app/problem";
import { mutabilityParameters, readSettings, SettingsFields } from "../repositories/settings-form";

export function EditSettings({ repository, onClose, onDone }: { repository: Repository; onClose: () => void; onDone: () => void }) {
  const { ecr } = useClients();
  const { succeed } = useNotices();
  const repositoryName = repository.repositoryName ?? "";
  const [before] = useState(() =>
    readSettings(
      repository.imageTagMutability,
      repository.imageTagMutabilityExclusionFilters?.map((one) => one.filter ?? "") ?? [],
      repository.imageScanningConfiguration?.scanOnPush ?? false,
    ),
  );
  const [settings, setSettings] = useState(before);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      if (settings.mutability !== before.mutability || settings.exclusions !== before.exclusions)
        await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, ...mutabilityParameters(settings) }));
      if (settings.scanOnPush !== before.scanOnPush)
        await ecr.send(new PutImageScanningConfigurationCommand({ repositoryName, imageScanningConfiguration: { scanOnPush: settings.scanOnPush } }));
      succeed(`The settings of ${repositoryName} were saved.`);
      onDone();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Modal
      visible
      size="large"
      header={`Edit ${repositoryName}`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy} onClick={() => void save()}>
              Save
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="l">
        {error ? <Problem error={error} /> : null}
        <SettingsFields settings={settings} onChange={setSettings} />
      </SpaceBetween>
    </Modal>
  );
}
