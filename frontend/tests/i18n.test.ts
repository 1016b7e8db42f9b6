import { describe, expect, it } from 'vitest'
import en from '@/i18n/en'
import zh from '@/i18n/zh'

type Node = string | { [key: string]: Node }

function leaves(node: Node, path = ''): [string, string][] {
  if (typeof node === 'string') return [[path, node]]
  return Object.entries(node).flatMap(([key, child]) => leaves(child, path ? `${path}.${key}` : key))
}
const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()

describe('catalogues', () => {
  const chinese = new Map(leaves(zh))
  const english = new Map(leaves(en).filter(([key]) => !key.startsWith('status.')))

  it('have the same entries', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  })

  it('have the same placeholders', () => {
    for (const [key, text] of chinese) expect([key, placeholders(english.get(key)!)]).toEqual([key, placeholders(text)])
  })

  it('leave the names of the states to the server in Chinese', () => {
    expect('status' in zh).toBe(false)
  })
})

describe('words', () => {
  const texts = (catalogue: object) => leaves(catalogue as Node).map(([, text]) => text)

  it.each(['付款', '占用', '小班', '名额', '申请退款', '待支付'])('do not say %s', (word) => {
    expect(texts(zh).filter((text) => text.includes(word))).toEqual([])
  })

  it.each([/^From ¥/, /dearest/, /Use the most/])('do not say %s', (words) => {
    expect(texts(en).filter((text) => words.test(text))).toEqual([])
  })

  it('say before a refund that credit and coupon return', () => {
    expect(zh.order.ask.refund).toContain('积分和优惠券会退回')
    expect(en.order.ask.refund).toContain('come back')
  })
})
