/**
 * Every operation name of the service, split into those the simulator models and those it refuses by name. A leaf module:
 * fault rules, routes and the README's coverage list all read it.
 */

/** The modelled operations (`mgn.md` A.2), in the order of the reference. */
export const modelledOperations = [
  'InitializeService',
  'DescribeSourceServers',
  'StartTest',
  'StartCutover',
  'TerminateTargetInstances',
  'ChangeServerLifeCycleState',
  'FinalizeCutover',
  'DisconnectFromService',
  'MarkAsArchived',
  'DeleteSourceServer',
  'UpdateSourceServer',
  'DescribeJobs',
  'DescribeJobLogItems',
  'DeleteJob',
  'GetLaunchConfiguration',
  'UpdateLaunchConfiguration',
  'RetryDataReplication',
  'PauseReplication',
  'ResumeReplication',
  'StopReplication',
  'StartReplication',
  'ListWaves',
  'CreateWave',
  'UpdateWave',
  'DeleteWave',
  'ArchiveWave',
  'UnarchiveWave',
  'AssociateApplications',
  'DisassociateApplications',
  'ListApplications',
  'CreateApplication',
  'UpdateApplication',
  'DeleteApplication',
  'ArchiveApplication',
  'UnarchiveApplication',
  'AssociateSourceServers',
  'DisassociateSourceServers',
  'ListSourceServerActions',
  'PutSourceServerAction',
  'RemoveSourceServerAction',
  'ListTemplateActions',
  'ListManagedAccounts',
  'TagResource',
  'UntagResource',
  'ListTagsForResource',
] as const;

/** Name of a modelled operation. */
export type OperationName = (typeof modelledOperations)[number];

/**
 * The modelled operations of the services beside MGN, which tell where a launch goes and who calls, with the prefix that
 * their permissions have in IAM.
 */
export const neighbourOperations = [
  'ec2:DescribeVpcs',
  'ec2:DescribeSubnets',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSecurityGroupVpcAssociations',
  'ec2:DescribeLaunchTemplates',
  'ec2:DescribeLaunchTemplateVersions',
  'ec2:DescribeInstanceTypes',
  'servicequotas:GetServiceQuota',
  'cloudwatch:GetMetricStatistics',
  'sts:AssumeRole',
  'sts:GetCallerIdentity',
] as const;

/** Name of a modelled operation of a service beside MGN. */
export type NeighbourOperationName = (typeof neighbourOperations)[number];

/**
 * Operations of the public API that answer 501 `NotImplementedException` naming themselves: templates, agentless
 * replication, connectors, import and export, per-server replication settings.
 */
export const unmodelledOperations: readonly string[] = [
  'CreateConnector',
  'CreateLaunchConfigurationTemplate',
  'CreateReplicationConfigurationTemplate',
  'DeleteConnector',
  'DeleteLaunchConfigurationTemplate',
  'DeleteReplicationConfigurationTemplate',
  'DeleteVcenterClient',
  'DescribeLaunchConfigurationTemplates',
  'DescribeReplicationConfigurationTemplates',
  'DescribeVcenterClients',
  'GetReplicationConfiguration',
  'ListConnectors',
  'ListExportErrors',
  'ListExports',
  'ListImportErrors',
  'ListImports',
  'PutTemplateAction',
  'RemoveTemplateAction',
  'StartExport',
  'StartImport',
  'UpdateConnector',
  'UpdateLaunchConfigurationTemplate',
  'UpdateReplicationConfiguration',
  'UpdateReplicationConfigurationTemplate',
  'UpdateSourceServerReplicationType',
];

/** Path prefix of the network-migration operations, none of which is modelled (`mgn.md` A.1). */
export const networkMigrationPrefix = '/network-migration/';
