/** Test fixture: a program that does nothing until its parent is gone. */
process.on('message', () => {})
