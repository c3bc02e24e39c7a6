/** Roles of target accounts, assumed through an STS on loopback that checks signatures. */
import { createRoleSessions } from '../../../functions/accounts/role-sessions.ts';
import type { Sender } from '../../../functions/shared/signed-request.ts';
import { credentials, startSignedService, type ScriptedAnswer, type SignedService } from '../watch/signed-service.ts';

const region = 'eu-central-1';
const roleArn = 'arn:aws:iam::444455556666:role/team/MgnCutover';
const startMs = Date.parse('2026-03-07T22:00:00Z');

let now = startMs;
const sender: Sender = {
  region,
  credentials: () => Promise.resolve(credentials),
  clock: { now: () => now },
  wait: () => Promise.resolve(),
};

let sts: SignedService;
beforeEach(async () => {
  now = startMs;
  sts = await startSignedService('sts', region);
});
afterEach(() => sts.close());

/** A session that lasts an hour from `atMs` on. */
const session = (name: string, atMs = startMs): ScriptedAnswer => ({
  status: 200,
  body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
    <AssumedRoleUser><Arn>arn:aws:sts::444455556666:assumed-role/MgnCutover/${name}</Arn></AssumedRoleUser>
    <Credentials><AccessKeyId>ASIA${name}</AccessKeyId><SecretAccessKey>secret+${name}</SecretAccessKey>
    <SessionToken>token/${name}==</SessionToken><Expiration>${new Date(atMs + 3_600_000).toISOString()}</Expiration>
    </Credentials></AssumeRoleResult></AssumeRoleResponse>`,
});
const refusal = (status: number, code: string): ScriptedAnswer => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`,
});
const identity = (arn: string): ScriptedAnswer => ({
  status: 200,
  body: `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${arn}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`,
});

const sessions = () => {
  const created = createRoleSessions(sender, sts.endpoint);
  return { credentialsOf: (role: string, name: string) => created.credentialsOf(role, name) };
};
const forms = () => sts.received.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));

describe('createRoleSessions', () => {
  it('assumes the role, signed as the caller, and gives the credentials of the session', async () => {
    sts.script(session('ONE'));

    expect(await sessions().credentialsOf(roleArn, 'mgn-cutover-night-1')).toEqual({
      accessKeyId: 'ASIAONE',
      secretAccessKey: 'secret+ONE',
      sessionToken: 'token/ONE==',
      expiration: new Date(startMs + 3_600_000),
    });
    expect(sts.received.map(({ signatureError }) => signatureError)).toEqual([undefined]);
    expect(forms()).toEqual([
      { Action: 'AssumeRole', Version: '2011-06-15', RoleArn: roleArn, RoleSessionName: 'mgn-cutover-night-1' },
    ]);
  });

  it('names a session with no more than STS takes', async () => {
    sts.script(session('ONE'));

    await sessions().credentialsOf(roleArn, `mgn-cutover-${'n'.repeat(80)} (again)`);

    expect(forms()[0]?.['RoleSessionName']).toBe(`mgn-cutover-${'n'.repeat(52)}`);
  });

  it('keeps a session until five minutes before it ends, and then begins the next one', async () => {
    sts.script(session('ONE'), session('TWO', startMs + 55 * 60_000));
    const { credentialsOf } = sessions();
    const keyAt = async (minutes: number) => {
      now = startMs + minutes * 60_000;
      return (await credentialsOf(roleArn, 'night')).accessKeyId;
    };

    expect([await keyAt(0), await keyAt(54.9), await keyAt(55), await keyAt(109)]).toEqual([
      'ASIAONE',
      'ASIAONE',
      'ASIATWO',
      'ASIATWO',
    ]);
    expect(sts.received).toHaveLength(2);
  });

  it('begins one session for all who ask at once, and others for other roles and other names', async () => {
    sts.script(session('ONE'), session('TWO'), session('THREE'));
    const { credentialsOf } = sessions();

    const [first, same] = await Promise.all([credentialsOf(roleArn, 'night'), credentialsOf(roleArn, 'night')]);
    const otherName = await credentialsOf(roleArn, 'day');
    const otherRole = await credentialsOf(`${roleArn}2`, 'night');

    expect([first, same, otherName, otherRole].map(({ accessKeyId }) => accessKeyId)).toEqual([
      'ASIAONE',
      'ASIAONE',
      'ASIATWO',
      'ASIATHREE',
    ]);
  });

  it('says who may not assume which role, and what its trust policy has to name', async () => {
    const caller = 'arn:aws:sts::111122223333:assumed-role/MgnCutover-StartCutoverRole-4X/MgnCutover-StartCutover';
    sts.script(refusal(403, 'AccessDenied'), identity(caller));

    const refused: unknown = await sessions()
      .credentialsOf(roleArn, 'night')
      .catch((error: unknown) => error);

    expect(refused).toMatchObject({ name: 'AccessDeniedError' });
    expect(String(refused)).toContain(
      `${caller} may not assume ${roleArn} (AssumeRole: sts: answered 403 AccessDenied)`,
    );
    expect(String(refused)).toContain(
      'allow sts:AssumeRole to arn:aws:iam::111122223333:role/MgnCutover-StartCutoverRole-4X ',
    );
    expect(forms()[1]).toEqual({ Action: 'GetCallerIdentity', Version: '2011-06-15' });
  });

  it('says so even where nobody can tell who the caller is', async () => {
    sts.script(refusal(403, 'AccessDenied'), refusal(403, 'AccessDenied'));

    await expect(sessions().credentialsOf(roleArn, 'night')).rejects.toThrow(`The caller may not assume ${roleArn}`);
  });

  it('asks again after a refusal, because the trust may be given meanwhile', async () => {
    sts.script(refusal(403, 'AccessDenied'), identity('arn:aws:iam::111122223333:user/ops'), session('ONE'));
    const { credentialsOf } = sessions();

    await expect(credentialsOf(roleArn, 'night')).rejects.toThrow('to arn:aws:iam::111122223333:user/ops and');
    expect((await credentialsOf(roleArn, 'night')).accessKeyId).toBe('ASIAONE');
  });

  it.each([
    ['ExpiredToken', 403, 'AccessDeniedError'],
    ['ValidationError', 400, 'RequestRefusedError'],
  ])('leaves %s to be what it is', async (code, status, name) => {
    sts.script(refusal(status, code));

    await expect(sessions().credentialsOf(roleArn, 'night')).rejects.toMatchObject({
      name,
      message: `AssumeRole: sts: answered ${String(status)} ${code}`,
    });
    expect(sts.received).toHaveLength(1);
  });

  it.each([
    ['is throttled', refusal(400, 'Throttling')],
    ['fails', refusal(503, 'ServiceUnavailable')],
    ['cannot be reached', 'hangUp'],
  ] as const)('takes it for passing when STS %s three times', async (_, answer) => {
    sts.script(answer, answer, answer);

    await expect(sessions().credentialsOf(roleArn, 'night')).rejects.toMatchObject({ name: 'TransientServiceError' });
  });

  it.each(['<html>a proxy</html>', '<AssumeRoleResponse/>', 'no XML'])(
    'takes an answer that cannot be of STS for passing: %s',
    async (body) => {
      sts.script({ status: 200, body });

      await expect(sessions().credentialsOf(roleArn, 'night')).rejects.toMatchObject({ name: 'TransientServiceError' });
    },
  );
});
