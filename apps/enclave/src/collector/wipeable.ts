/**
 * Memory for a secret: off the JavaScript heap, nowhere shared. `Buffer.alloc` and `new Uint8Array` keep up to 64 bytes
 * on the heap, where the garbage collector copies them about, and native code that asks for them makes one copy more:
 * wiping the buffer would leave those (measured: a wiped 64-byte `Buffer.alloc` survived several collections).
 */
export function wipeable(length: number): Buffer<ArrayBuffer> {
  return Buffer.from(new ArrayBuffer(length))
}
