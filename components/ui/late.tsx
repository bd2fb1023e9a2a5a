"use client";

import { Component, type ReactNode, Suspense } from "react";
import { toast } from "./toast";

interface LateProps {
  fallback?: ReactNode;
  /** Forgets that the part was asked for, so that the next press tries again. */
  onFailed?: () => void;
  children: ReactNode;
}

/** Around a part that is loaded when it is first needed: waits quietly, and says so when it could not be had. */
export class Late extends Component<LateProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidCatch() {
    toast("This part could not be loaded. Check your connection, then reload the page.", "problem");
    this.props.onFailed?.();
  }

  override render() {
    return this.state.failed ? null : <Suspense fallback={this.props.fallback}>{this.props.children}</Suspense>;
  }
}
