/** A dialog with a form: stays open, and says why, when what was asked for was refused. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, type ReactNode, useState } from "react";

import { Problem } from "../app/problem";

interface Props {
  title: string;
  action: string;
  disabled?: boolean;
  large?: boolean;
  children: ReactNode;
  onSubmit: () => Promise<void>;
  onClose: () => void;
}

export function FormModal({ title, action, disabled = false, large = false, children, onSubmit, onClose }: Props) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const submit = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onSubmit();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!busy && !disabled) void submit();
  };
  return (
    <Modal
      visible
      size={large ? "large" : "medium"}
      header={title}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy} disabled={disabled} onClick={() => void submit()}>
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form onSubmit={send}>
        <SpaceBetween size="l">
          {error ? <Problem error={error} /> : null}
          {children}
        </SpaceBetween>
      </form>
    </Modal>
  );
}
