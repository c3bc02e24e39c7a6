/** Run as a process of its own, in any zone and language: prints what written times mean and how they are shown. */
import { parseTime, showTime } from '../../../functions/domain/window.ts';

const at = parseTime('2026-10-25T03:30', 'Europe/Berlin');
process.stdout.write(
  JSON.stringify([at, parseTime('2026-11-28T22:00', 'Asia/Kathmandu'), showTime(at, 'America/New_York')]),
);
