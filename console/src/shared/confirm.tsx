/** Asks before something is done that cannot be undone; grave things want a word typed. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";

interface Props {
  title: string;
  action: string;
  children: ReactNode;
  word?: string;
  onConfirm: () => Promise<void>;
  onClose: () => void;
}

export function Confirm({ title, action, children, word, onConfirm, onClose }: Props) {
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    try {
      await onConfirm();
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy} disabled={word !== undefined && typed !== word} onClick={() => void confirm()}>
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <div>{children}</div>
        {word === undefined ? null : (
          <FormField label={`To confirm, type "${word}"`}>
            <Input value={typed} onChange={(event) => setTyped(event.detail.value)} ariaRequired autoFocus />
          </FormField>
        )}
      </SpaceBetween>
    </Modal>
  );
}
