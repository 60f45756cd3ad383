import { readFileSync, writeFileSync } from 'node:fs';

/** Forgets the peak of this process, where the system lets it; elsewhere the peak is that of its whole life. */
export function resetPeakMemory(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Only Linux has this file.
  }
}

/** Most memory that this process held at once, in MB. */
export function peakMemoryMB(): number {
  try {
    const [, kilobytes = ''] = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return Number(kilobytes) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}
