/**
 * Makes UUIDv7 ids in order of time: 48 bits of milliseconds, 74 of chance.
 *
 * @source RFC 9562, section 5.7.
 */
export function createIds(clock: () => number): () => string {
  return () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const view = new DataView(bytes.buffer);
    const milliseconds = clock();
    view.setUint32(0, Math.floor(milliseconds / 0x1_0000));
    view.setUint16(4, milliseconds % 0x1_0000);
    view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
    view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
      '-',
    );
  };
}
