"use client";

import { createContext, lazy, type ReactNode, useCallback, useContext, useState } from "react";
import { Late } from "../ui/late";

const CreateRoom = lazy(() => import("../rooms/create-room"));
const BrowseRooms = lazy(() => import("../rooms/browse-rooms"));
const AddPeople = lazy(() => import("../rooms/add-people"));
const NewDirect = lazy(() => import("../people/new-direct"));
const QuickSwitcher = lazy(() => import("./quick-switcher"));
const Shortcuts = lazy(() => import("./shortcuts"));

export type DialogRequest =
  | { kind: "create-room" }
  | { kind: "browse-rooms" }
  | { kind: "new-direct" }
  | { kind: "add-people"; roomId: string }
  | { kind: "switcher" }
  | { kind: "shortcuts" };

const DialogContext = createContext<(request: DialogRequest) => void>(() => undefined);

/** Opens one of the page's dialogs; another one that is open gives way. */
export const useDialogs = () => useContext(DialogContext);

export function DialogHost({ children }: { children: ReactNode }) {
  const [request, setRequest] = useState<DialogRequest | null>(null);
  const close = useCallback(() => setRequest(null), []);
  return (
    <DialogContext value={setRequest}>
      {children}
      {request && (
        <Late key={request.kind} onFailed={close}>
          {request.kind === "create-room" && <CreateRoom onClose={close} />}
          {request.kind === "browse-rooms" && <BrowseRooms onClose={close} />}
          {request.kind === "new-direct" && <NewDirect onClose={close} />}
          {request.kind === "add-people" && <AddPeople roomId={request.roomId} onClose={close} />}
          {request.kind === "switcher" && <QuickSwitcher onClose={close} />}
          {request.kind === "shortcuts" && <Shortcuts onClose={close} />}
        </Late>
      )}
    </DialogContext>
  );
}
