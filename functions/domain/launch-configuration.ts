/** How MGN is to launch a source server, as far as the verdict or a saved plan depends on it (`mgn.md` A.5 and A.6). */

/** When post-launch actions are deployed: TEST_AND_CUTOVER, CUTOVER_ONLY or TEST_ONLY. */
export interface LaunchConfiguration {
  readonly ec2LaunchTemplateID?: string | undefined;
  /** STARTED or STOPPED: a target instance that is not started never boots. */
  readonly launchDisposition?: string | undefined;
  readonly postLaunchDeployment?: string | undefined;
  readonly documents: readonly ConfiguredAction[];
  /** What else shapes the launched instance, such as its boot mode, by name; nothing that MGN does not give. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

/** A post-launch action as it is configured, in either of the two places MGN keeps them. */
export interface ConfiguredAction {
  readonly actionName?: string | undefined;
  readonly documentName: string;
  readonly isActive: boolean;
  readonly mustSucceedForCutover: boolean;
  readonly timeoutSeconds?: number | undefined;
  /** What the document is given and when it runs: its version, order and parameters as JSON. */
  readonly details?: string | undefined;
  /** The API the action was read from. */
  readonly source: 'GetLaunchConfiguration' | 'ListSourceServerActions';
}
