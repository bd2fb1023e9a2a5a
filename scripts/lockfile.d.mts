interface LockedPackage {
  version?: string;
  dev?: boolean;
  optionalDependencies?: Record<string, string>;
}

/** The optional packages of other systems that the lock file's packages name and it does not hold. */
export function missingPackages(lock: { packages: Record<string, LockedPackage> }): Map<string, LockedPackage>;
