import {describe, expect, it} from 'vitest';

import {base, BlockWriter, smallLayout} from '../protocol/testing/fake-engine.js';
import {bucketOf, bucketRange, headerBytes} from '../protocol/telemetry.js';
import {RingCursor} from '../protocol/telemetry-block.js';
import {TelemetryReader} from './telemetry-reader.js';

function block() {
  const memory = new SharedArrayBuffer(65536);
  const writer = new BlockWriter(memory);
  writer.u32(smallLayout.fields.run.offset, 1);
  writer.u32(smallLayout.fields.state.offset, 1);
  const reader = new TelemetryReader(smallLayout, {memory, address: base});
  return {memory, writer, reader};
}

describe('shared telemetry', () => {
  it('is read whole: counters, lanes, gauges, stages, histogram', () => {
    const {writer, reader} = block();
    const {fields, counters, lane, gauge, stage, histogram} = smallLayout;
    writer.u32(fields.lanes.offset, 2);
    writer.u32(fields.virtual.offset, 1);
    writer.u64(fields.now.offset, 2n ** 40n + 5n);
    writer.u64(fields.traceHash.offset, 0x0123456789abcdefn);
    writer.u64(counters.offset + 8, 42);
    writer.u64(lane.offset + lane.stride + lane.fields.state, 1);
    writer.u64(lane.offset + lane.stride + lane.fields.busy, 7e9);
    writer.u64(gauge.offset + gauge.fields.capacity, 64);
    writer.u64(stage.offset + stage.fields.blocked, 9);
    writer.u64(histogram.offset + 3 * 8, 11);
    const {snapshot} = reader.poll();
    expect(snapshot).toMatchObject({
      run: 1, state: 1, virtualTime: true, nowNs: 2 ** 40 + 5, traceHash: '0123456789abcdef', counters: {itemsIn: 0, itemsOut: 42},
      lanes: [{state: 'parked'}, {state: 'running', busyNs: 7e9}], gauges: [{capacity: 64}], stages: [{blockedNs: 9}],
    });
    expect(snapshot.histogram[3]).toBe(11);
  });

  it('gives each record once, merged by time over the rings', () => {
    const {writer, reader} = block();
    writer.record(0, {time: 10, verb: 7, worker: 0, a: 1});
    writer.record(0, {time: 30, verb: 8, worker: 0, a: 1});
    writer.record(1, {time: 20, verb: 7, worker: 1, a: 2, task: 5});
    const {records, lost} = reader.poll();
    expect([...records.time]).toEqual([10, 20, 30]);
    expect([...records.worker]).toEqual([0, 1, 0]);
    expect([...records.a]).toEqual([1, 2, 1]);
    expect(lost).toBe(0);
    expect(reader.poll().records.length).toBe(0);
    writer.record(1, {time: 40});
    expect([...reader.poll().records.time]).toEqual([40]);
  });

  it('counts what a ring dropped before it was read, and never shows a slot that may be half written', () => {
    const {writer, reader} = block();
    for (let t = 1; t <= 20; t++) writer.record(0, {time: t});
    const {records, lost} = reader.poll();
    expect([...records.time]).toEqual([14, 15, 16, 17, 18, 19, 20]);
    expect(lost).toBe(13);
  });

  it('shows the whole ring once the writer has stopped', () => {
    const {writer, reader} = block();
    for (let t = 1; t <= 20; t++) writer.record(0, {time: t});
    writer.u32(smallLayout.fields.state.offset, 3);
    expect([...reader.poll().records.time]).toEqual([13, 14, 15, 16, 17, 18, 19, 20]);
  });

  it('starts afresh with a new run', () => {
    const {writer, reader} = block();
    writer.record(0, {time: 99});
    reader.poll();
    writer.u32(smallLayout.fields.run.offset, 2);
    writer.u64(smallLayout.ring.offset, 0);
    writer.record(0, {time: 1});
    expect([...reader.poll().records.time]).toEqual([1]);
  });

  it('orders many rings as a sort by time would', () => {
    const {writer, reader} = block();
    const times = [5, 5, 8, 12, 12, 13];
    times.forEach((time, i) => writer.record(0, {time, a: i}));
    times.forEach((time, i) => writer.record(1, {time: time + (i % 2), a: 100 + i}));
    const {records} = reader.poll();
    const got = [...records.time];
    expect(got).toEqual([...got].sort((x, y) => x - y));
    expect(records.length).toBe(12);
  });
});

describe('posted telemetry', () => {
  it('reads the same as shared', () => {
    const {memory, writer, reader: shared} = block();
    const posted = new TelemetryReader(smallLayout);
    const cursor = new RingCursor(smallLayout);
    writer.record(0, {time: 3, a: 9});
    writer.u64(smallLayout.counters.offset, 4);
    const send = () => {
      const header = new ArrayBuffer(headerBytes(smallLayout));
      new Uint8Array(header).set(new Uint8Array(memory, base, header.byteLength));
      const {bytes, lost} = cursor.collect(memory, base, false);
      posted.accept({kind: 'telemetry', header, records: bytes.buffer, lost});
    };
    send();
    writer.record(1, {time: 1, a: 8});
    send();
    const a = posted.poll();
    const b = shared.poll();
    expect(a.snapshot).toEqual(b.snapshot);
    expect([...a.records.time]).toEqual([1, 3]);
    expect([...a.records.a]).toEqual([...b.records.a]);
  });
});

describe('the buckets', () => {
  it('cover every duration once and invert each other', () => {
    for (let i = 0; i < 1100; i++) {
      const {low, high} = bucketRange(i);
      expect(bucketOf(low)).toBe(i);
      expect(bucketOf(high - 1)).toBe(i);
      expect(bucketRange(i + 1).low).toBe(high);
    }
  });
});
