import {
  GetLaunchConfigurationCommand,
  ListSourceServerActionsCommand,
  ListTagsForResourceCommand,
  ListTemplateActionsCommand,
  PutSourceServerActionCommand,
  RemoveSourceServerActionCommand,
  TagResourceCommand,
  UpdateLaunchConfigurationCommand,
} from '@aws-sdk/client-mgn';

import { simulatedAccount } from '../simulated-account.ts';

const sourceServerID = 's-11111111111111111';
const scenario = { servers: [{ hostname: 'web-1', sourceServerID }] };
const put = (actionID: string, order: number, more: object = {}) =>
  new PutSourceServerActionCommand({
    sourceServerID,
    actionID,
    actionName: `Action ${actionID}`,
    documentIdentifier: 'AWS-RunShellScript',
    order,
    ...more,
  });

describe('launch configurations', () => {
  it('replaces the members that are sent and keeps the others', async () => {
    const { client } = simulatedAccount(scenario);
    const get = () => client.send(new GetLaunchConfigurationCommand({ sourceServerID }));
    const before = await get();
    expect(before).toMatchObject({ sourceServerID, launchDisposition: 'STARTED' });
    const changes = { copyTags: true, postLaunchActions: { deployment: 'CUTOVER_ONLY' as const } };
    await client.send(new UpdateLaunchConfigurationCommand({ sourceServerID, accountID: '123456789012', ...changes }));
    const after = await get();
    expect(after).toEqual({ ...before, ...changes, $metadata: after.$metadata });
  });

  it('has none for an unknown server', async () => {
    const { client } = simulatedAccount({});
    await expect(client.send(new GetLaunchConfigurationCommand({ sourceServerID }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      resourceId: sourceServerID,
    });
  });
});

describe('source server actions', () => {
  it('lists them in the order they run, filtered by id', async () => {
    const { client } = simulatedAccount(scenario);
    await client.send(put('late', 2000));
    await client.send(put('early', 1001, { mustSucceedForCutover: true, timeoutSeconds: 60 }));
    const listed = async (actionIDs: string[]) => {
      const { items } = await client.send(
        new ListSourceServerActionsCommand({ sourceServerID, filters: { actionIDs } }),
      );
      return items;
    };
    expect((await listed([]))?.map(({ actionID }) => actionID)).toEqual(['early', 'late']);
    expect(await listed(['early'])).toEqual([
      {
        actionID: 'early',
        actionName: 'Action early',
        documentIdentifier: 'AWS-RunShellScript',
        order: 1001,
        active: true,
        mustSucceedForCutover: true,
        timeoutSeconds: 60,
      },
    ]);
  });

  it('replaces an action of the same id, refuses an order that is taken', async () => {
    const { client } = simulatedAccount(scenario);
    await client.send(put('one', 1001));
    await client.send(put('one', 1001, { active: false }));
    await expect(client.send(put('two', 1001))).rejects.toMatchObject({ name: 'ConflictException' });
    const { items } = await client.send(new ListSourceServerActionsCommand({ sourceServerID }));
    expect(items).toEqual([expect.objectContaining({ actionID: 'one', active: false })]);
  });

  it('removes an action once', async () => {
    const { client } = simulatedAccount(scenario);
    await client.send(put('one', 1001));
    const remove = new RemoveSourceServerActionCommand({ sourceServerID, actionID: 'one' });
    await client.send(remove);
    await expect(client.send(remove)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('keeps the quota of actions on a server', async () => {
    const { client } = simulatedAccount({ ...scenario, quotas: { actionsPerSourceServer: 1 } });
    await client.send(put('one', 1001));
    await client.send(put('one', 1002));
    await expect(client.send(put('two', 1003))).rejects.toMatchObject({ name: 'ServiceQuotaExceededException' });
  });

  it('lists the actions of a template, and knows no other template', async () => {
    const launchConfigurationTemplateID = 'lct-11111111111111111';
    const { client } = simulatedAccount({
      launchConfigurationTemplates: [{ launchConfigurationTemplateID, actions: [] }],
    });
    const listed = await client.send(new ListTemplateActionsCommand({ launchConfigurationTemplateID }));
    expect(listed.items).toEqual([]);
    const other = new ListTemplateActionsCommand({ launchConfigurationTemplateID: 'lct-22222222222222222' });
    await expect(client.send(other)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('tags', () => {
  const serverArn = `arn:aws:mgn:us-east-1:123456789012:source-server/${sourceServerID}`;

  it('merges into what is there', async () => {
    const { client } = simulatedAccount({ servers: [{ hostname: 'a', sourceServerID, tags: { a: '1', b: '1' } }] });
    await client.send(new TagResourceCommand({ resourceArn: serverArn, tags: { b: '2', c: '3' } }));
    const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn: serverArn }));
    expect(tags).toEqual({ a: '1', b: '2', c: '3' });
  });

  it('carries the resource ARN as a tag where the switch says so', async () => {
    const { client } = simulatedAccount({ ...scenario, switches: { tagsCarryResourceArn: 'yes' } });
    const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn: serverArn }));
    expect(tags).toEqual({ resourceArn: serverArn });
  });

  it.each([
    ['no ARN', 'x'.repeat(20), 'ValidationException'],
    ['an account out of reach', serverArn.replace('123456789012', '999999999999'), 'AccessDeniedException'],
    ['a server that does not exist', serverArn.replace('s-1', 's-2'), 'ResourceNotFoundException'],
    ['another Region', serverArn.replace('us-east-1', 'us-west-2'), 'ResourceNotFoundException'],
    ['a kind that is not modelled', serverArn.replace('source-server', 'connector'), 'ResourceNotFoundException'],
  ])('refuses %s', async (_case, resourceArn, name) => {
    const { client } = simulatedAccount(scenario);
    await expect(client.send(new ListTagsForResourceCommand({ resourceArn }))).rejects.toMatchObject({ name });
  });

  it('refuses the 51st tag', async () => {
    const { client } = simulatedAccount(scenario);
    const tags = (from: number, to: number) =>
      Object.fromEntries(Array.from({ length: to - from }, (_, index) => [`k${String(from + index)}`, 'v']));
    await client.send(new TagResourceCommand({ resourceArn: serverArn, tags: tags(0, 50) }));
    await expect(
      client.send(new TagResourceCommand({ resourceArn: serverArn, tags: tags(50, 51) })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
