import { compileMachines } from '../../local/machines.ts';

type Fields = Record<string, unknown>;

const task = (fields: Fields = {}): Fields => ({
  Type: 'Task',
  Resource: '${PollJobFunctionArn}',
  TimeoutSeconds: 60,
  End: true,
  ...fields,
});
const machineOf = (state: Fields, fields: Fields = {}): Fields => ({
  StartAt: 'Only',
  States: { Only: state },
  ...fields,
});
const compiled = (state: Fields, files: Fields = {}) =>
  compileMachines({ main: machineOf(state), ...files }, { validate: false });
const nested = (machine: string) =>
  task({
    Resource: 'arn:aws:states:::states:startExecution.sync:2',
    Parameters: { StateMachineArn: `\${${machine}StateMachineArn}` },
  });

describe('compileMachines', () => {
  it('puts ARNs of the local account in the place of functions and machines', () => {
    const machine = compiled(nested('CutoverShift'), { 'cutover-shift': machineOf(task()) }).get('main');

    expect(machine?.definition.States['Only']?.Parameters).toEqual({
      StateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:cutover-shift',
    });
    expect(machine?.stateMachineArn).toBe('arn:aws:states:us-east-1:000000000000:stateMachine:main');
  });

  it('takes other values as given, and the region and account asked for', () => {
    const machines = compileMachines(
      { main: machineOf(task({ Parameters: { url: '${Endpoint}/x' } })) },
      {
        validate: false,
        residence: { region: 'eu-west-1', accountID: '111122223333' },
        substitutions: { Endpoint: 'http://"here"' },
      },
    );

    expect(machines.get('main')?.definition.States['Only']).toMatchObject({
      Resource: 'arn:aws:lambda:eu-west-1:111122223333:function:PollJob',
      Parameters: { url: 'http://"here"/x' },
    });
  });

  it('takes a published version of a function for the function', () => {
    const published = 'arn:aws:lambda:us-east-1:000000000000:function:PollJob:7';
    const machine = compiled(task({ Resource: published })).get('main');

    expect(machine?.handlers).toEqual(['PollJob']);
    expect(machine?.scope.performances.get('Only')).toMatchObject({ handler: 'PollJob', functionArn: published });
  });

  it('lists the handlers that a machine calls, those in Maps and callbacks too', () => {
    const ask = task({
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: { FunctionName: '${AskFunctionArn}', Payload: {} },
    });
    const each = { Type: 'Map', ItemProcessor: machineOf(ask), Next: 'Poll' };
    const machines = compileMachines(
      { main: { StartAt: 'Each', States: { Each: each, Poll: task() } } },
      { validate: false },
    );

    expect(machines.get('main')?.handlers).toEqual(['Ask', 'PollJob']);
  });

  it.each([
    { what: 'a machine that is not there', state: nested('Other'), message: '${OtherStateMachineArn}' },
    { what: 'a value that nobody gives', state: task({ Resource: '${Unknown}' }), message: '${Unknown}' },
    {
      what: 'an SDK integration',
      state: task({ Resource: 'arn:aws:states:::aws-sdk:mgn:describeJobs' }),
      message: 'Only: the resource',
    },
    {
      what: 'a callback of nobody',
      state: task({ Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' }),
      message: 'names no function',
    },
    {
      what: 'States.TaskFailed beside a timeout from the input, which would match it',
      state: task({
        TimeoutSeconds: undefined,
        TimeoutSecondsPath: '$.seconds',
        Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'Only' }],
      }),
      message: 'Only: States.TaskFailed beside a TimeoutSecondsPath',
    },
    {
      what: 'a distributed Map',
      state: { Type: 'Map', ItemProcessor: machineOf(task(), { ProcessorConfig: { Mode: 'DISTRIBUTED' } }), End: true },
      message: 'only an INLINE Map',
    },
    {
      what: 'a Map by Iterator',
      state: { Type: 'Map', Iterator: machineOf(task()), End: true },
      message: 'without Iterator',
    },
    { what: 'a state of no kind', state: { Type: 'Tsk', End: true }, message: 'main: States.Only.Type' },
  ])('refuses $what by name', ({ state, message }) => {
    expect(() => compiled(state)).toThrow(message);
  });

  it('refuses JSONata', () => {
    expect(() =>
      compileMachines({ main: machineOf(task(), { QueryLanguage: 'JSONata' }) }, { validate: false }),
    ).toThrow('JSONPath');
  });

  it('checks the language with the engine’s validator', () => {
    expect(() => compileMachines({ main: machineOf(task({ End: undefined, Next: 'Nowhere' })) })).toThrow(
      'main: State machine definition is invalid',
    );
    expect(() => compileMachines({ main: machineOf(task()) })).not.toThrow();
  });
});
