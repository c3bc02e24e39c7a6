/** The pictures of the page on concepts: a wave's path, MGN's lifecycle, a window. */
import { drawPicture, type Picture } from './picture.ts';

const wavePath: Picture = {
  prefix: 'wave-path',
  title: 'What a wave goes through',
  description:
    'The input is checked; what is not ready is refused or left out. In one loop over all source servers the test instance is removed, the cutover started, and the launch and its actions are judged. A server that is believed is verified; one that is not is reverted, its instance terminated, and the rollback proven, or a person is needed. Verified servers are finalized only when that is asked for, which cannot be undone. Every server ends with a verdict in the report.',
  width: 860,
  height: 500,
  frames: [
    {
      x: 16,
      y: 112,
      width: 828,
      height: 252,
      title: 'one loop over all source servers; each cycle does what is due',
      titleX: 130,
    },
  ],
  boxes: [
    { kind: 'Pass', x: 20, y: 30, width: 120, height: 44, name: 'Input', lines: ['a wave, its options'] },
    {
      kind: 'Choice',
      x: 196,
      y: 22,
      width: 190,
      height: 60,
      name: 'Is everything ready?',
      lines: ['lifecycle, lag, agent, tags,', 'launch targets, quotas, locks'],
    },
    { kind: 'Wait', x: 470, y: 30, width: 150, height: 44, name: 'Approval', lines: ['if the input asks for it'] },
    { kind: 'Fail', x: 690, y: 30, width: 150, height: 44, name: 'Refused', lines: ['nothing was touched'] },
    {
      kind: 'Task',
      x: 36,
      y: 150,
      width: 158,
      height: 58,
      name: 'Test instance gone',
      lines: ['TerminateTargetInstances,', 'its job is waited for'],
    },
    {
      kind: 'Task',
      x: 230,
      y: 150,
      width: 140,
      height: 58,
      name: 'StartCutover',
      lines: ['written down before,', 'tagged, never twice'],
    },
    {
      kind: 'Task',
      x: 406,
      y: 150,
      width: 188,
      height: 58,
      name: 'CheckLaunch',
      lines: ['launch status, fresh snapshot,', 'first boot of this job’s instance'],
    },
    {
      kind: 'Task',
      x: 630,
      y: 150,
      width: 196,
      height: 58,
      name: 'CheckPostLaunchActions',
      lines: ['every one that must succeed', 'is at SUCCESS, none missing'],
    },
    {
      kind: 'Task',
      x: 406,
      y: 262,
      width: 188,
      height: 58,
      name: 'RevertLifeCycle',
      lines: ['back to READY_FOR_CUTOVER'],
    },
    {
      kind: 'Task',
      x: 206,
      y: 262,
      width: 180,
      height: 58,
      name: 'TerminateCutoverInstances',
      lines: ['only what this run launched'],
    },
    { kind: 'Task', x: 36, y: 262, width: 150, height: 58, name: 'VerifyRollback', lines: ['is it really back?'] },
    { kind: 'Succeed', x: 660, y: 262, width: 150, height: 58, name: 'VERIFIED', lines: ['and still revertible'] },
    { kind: 'Pass', x: 36, y: 404, width: 110, height: 44, name: 'ROLLED BACK' },
    { kind: 'Fail', x: 166, y: 404, width: 150, height: 44, name: 'NEEDS A PERSON', lines: ['with the commands'] },
    {
      kind: 'Choice',
      x: 352,
      y: 400,
      width: 150,
      height: 52,
      name: 'Commit?',
      lines: ['never, on approval, by', 'itself; or roll it back'],
    },
    { kind: 'Task', x: 540, y: 400, width: 140, height: 52, name: 'FinalizeCutover', lines: ['point of no return'] },
    { kind: 'Succeed', x: 716, y: 404, width: 124, height: 44, name: 'FINALIZED' },
  ],
  arrows: [
    {
      through: [
        [140, 52],
        [190, 52],
      ],
    },
    {
      through: [
        [388, 52],
        [466, 52],
      ],
      words: { at: [427, 46], lines: ['ready'] },
    },
    {
      through: [
        [291, 22],
        [291, 15],
        [765, 15],
        [765, 29],
      ],
      isFailure: true,
      words: { at: [430, 11], lines: ['blocked, outside the window, changed since the plan'] },
    },
    {
      through: [
        [545, 74],
        [545, 94],
        [115, 94],
        [115, 149],
      ],
    },
    {
      through: [
        [194, 179],
        [229, 179],
      ],
    },
    {
      through: [
        [370, 179],
        [405, 179],
      ],
    },
    {
      through: [
        [594, 179],
        [629, 179],
      ],
      words: { at: [612, 172], lines: ['good'] },
    },
    {
      through: [
        [735, 208],
        [735, 261],
      ],
      words: { at: [716, 238], lines: ['good'] },
    },
    {
      through: [
        [500, 208],
        [500, 261],
      ],
      isFailure: true,
      words: { at: [546, 232], lines: ['not believed, or', 'taken along'] },
    },
    {
      through: [
        [660, 208],
        [660, 236],
        [620, 236],
        [620, 291],
        [595, 291],
      ],
      isFailure: true,
    },
    {
      through: [
        [406, 291],
        [387, 291],
      ],
    },
    {
      through: [
        [206, 291],
        [187, 291],
      ],
    },
    {
      through: [
        [91, 320],
        [91, 403],
      ],
      words: { at: [112, 384], lines: ['proven'] },
    },
    {
      through: [
        [150, 320],
        [150, 380],
        [240, 380],
        [240, 403],
      ],
      isFailure: true,
      words: { at: [196, 376], lines: ['not proven'] },
    },
    {
      through: [
        [735, 320],
        [735, 382],
        [427, 382],
        [427, 399],
      ],
    },
    {
      through: [
        [504, 426],
        [539, 426],
      ],
      words: { at: [520, 420], lines: ['yes'] },
    },
    {
      through: [
        [680, 426],
        [715, 426],
      ],
    },
  ],
  notes: [
    {
      x: 20,
      y: 484,
      text: 'Every source server of the input ends with a verdict, its reasons and where each was read: in the ledger, in the report, on the screen.',
    },
  ],
};

const lifeCycle: Picture = {
  prefix: 'life-cycle',
  title: 'MGN’s lifecycle of a source server around a cutover',
  description:
    'READY_FOR_TEST becomes TESTING by StartTest, TESTING becomes READY_FOR_CUTOVER by ChangeServerLifeCycleState, READY_FOR_CUTOVER becomes CUTTING_OVER by StartCutover. From CUTTING_OVER the way back is ChangeServerLifeCycleState to READY_FOR_CUTOVER and then TerminateTargetInstances; the way on is FinalizeCutover to CUTOVER, from which nothing leads back.',
  width: 860,
  height: 224,
  boxes: [
    { kind: 'Pass', x: 16, y: 84, width: 136, height: 50, name: 'READY_FOR_TEST', lines: ['initial sync is complete'] },
    { kind: 'Pass', x: 222, y: 84, width: 110, height: 50, name: 'TESTING', lines: ['test instance runs'] },
    { kind: 'Task', x: 412, y: 84, width: 160, height: 50, name: 'READY_FOR_CUTOVER', lines: ['replication goes on'] },
    { kind: 'Choice', x: 652, y: 84, width: 130, height: 50, name: 'CUTTING_OVER', lines: ['can still go back'] },
    { kind: 'Fail', x: 652, y: 174, width: 130, height: 44, name: 'CUTOVER', lines: ['no way back'] },
  ],
  arrows: [
    {
      through: [
        [152, 109],
        [221, 109],
      ],
      words: { at: [186, 102], lines: ['StartTest'] },
    },
    {
      through: [
        [332, 109],
        [411, 109],
      ],
      words: { at: [371, 90], lines: ['ChangeServer-', 'LifeCycleState'] },
    },
    {
      through: [
        [572, 120],
        [647, 120],
      ],
      words: { at: [609, 133], lines: ['StartCutover'] },
    },
    {
      through: [
        [717, 134],
        [717, 173],
      ],
      isFailure: true,
      words: { at: [766, 158], lines: ['FinalizeCutover'] },
    },
    {
      through: [
        [717, 84],
        [717, 50],
        [492, 50],
        [492, 83],
      ],
      words: { at: [605, 42], lines: ['1. ChangeServerLifeCycleState READY_FOR_CUTOVER'] },
    },
    {
      through: [
        [532, 134],
        [532, 158],
        [452, 158],
        [452, 135],
      ],
      words: { at: [492, 172], lines: ['2. TerminateTargetInstances'] },
    },
  ],
  notes: [
    {
      x: 16,
      y: 18,
      text: 'The way back is two calls, and the order matters: TerminateTargetInstances is refused while a server is CUTTING_OVER.',
    },
    { x: 16, y: 212, text: 'A job may be COMPLETED and its server not launched: a job has no FAILED.' },
  ],
};

const changeWindow: Picture = {
  prefix: 'change-window',
  title: 'A change window and the last safe start',
  description:
    'From the window’s end backwards: the time a complete rollback is expected to take, before it the time for first boot and post-launch actions, before that the time for launching. Where these begin is the last safe start. After it nothing is started, because the way back would not fit.',
  width: 860,
  height: 176,
  boxes: [
    { kind: 'Succeed', isBand: true, x: 60, y: 66, width: 250, height: 40, name: 'safe to start' },
    { kind: 'Task', isBand: true, x: 310, y: 66, width: 190, height: 40, name: 'launch', lines: ['expected'] },
    { kind: 'Map', isBand: true, x: 500, y: 66, width: 130, height: 40, name: 'boot, actions', lines: ['expected'] },
    {
      kind: 'Wait',
      isBand: true,
      x: 630,
      y: 66,
      width: 160,
      height: 40,
      name: 'complete rollback',
      lines: ['expected'],
    },
  ],
  arrows: [
    {
      through: [
        [60, 148],
        [60, 108],
      ],
    },
    {
      through: [
        [310, 148],
        [310, 108],
      ],
      isFailure: true,
    },
    {
      through: [
        [630, 30],
        [630, 64],
      ],
      isFailure: true,
    },
    {
      through: [
        [790, 148],
        [790, 108],
      ],
    },
  ],
  notes: [
    { x: 60, y: 164, text: 'opensAt', align: 'middle' },
    { x: 310, y: 164, text: 'last safe start: nothing is started after it', align: 'middle' },
    {
      x: 630,
      y: 22,
      text: 'rollbackBy, where the input gives one: what is not verified by then is brought back',
      align: 'middle',
    },
    { x: 790, y: 164, text: 'closesAt', align: 'middle' },
  ],
};

/** Draws each picture; the keys are file names without `.svg`. */
export const conceptPictures: Readonly<Record<string, () => string>> = Object.fromEntries(
  [wavePath, lifeCycle, changeWindow].map((picture) => [picture.prefix, () => drawPicture(picture)]),
);
