import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
import { loginFor } from '@/lib/login'
import { numberIn } from '@/lib/query'
import HomePage from '@/pages/HomePage.vue'
import { useSession } from '@/stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Its name in the catalogue, under `title`. */
    title: string
    /** Only for those who are logged in. */
    own?: boolean
  }
}

// No path here may be one of the API's, which the same server answers: /users/, /courses/, /orders/, /cart/ …
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'home', component: HomePage, meta: { title: 'home' } },
    {
      path: '/course/:id(\\d+)',
      name: 'course',
      component: () => import('@/pages/CoursePage.vue'),
      props: (route) => ({ id: Number(route.params.id) }),
      meta: { title: 'course' },
    },
    {
      path: '/learn/:id(\\d+)',
      name: 'learn',
      component: () => import('@/pages/LearnPage.vue'),
      props: (route) => ({ id: Number(route.params.id) }),
      meta: { title: 'learn', own: true },
    },
    { path: '/login', name: 'login', component: () => import('@/pages/LoginPage.vue'), meta: { title: 'login' } },
    {
      path: '/register',
      name: 'register',
      component: () => import('@/pages/LoginPage.vue'),
      meta: { title: 'register' },
    },
    {
      path: '/basket',
      name: 'basket',
      component: () => import('@/pages/BasketPage.vue'),
      meta: { title: 'basket', own: true },
    },
    {
      path: '/checkout',
      name: 'checkout',
      component: () => import('@/pages/CheckoutPage.vue'),
      meta: { title: 'checkout', own: true },
    },
    {
      path: '/user',
      component: () => import('@/pages/user/UserLayout.vue'),
      meta: { title: 'user', own: true },
      children: [
        { path: '', name: 'user', component: () => import('@/pages/user/OverviewPage.vue'), meta: { title: 'user' } },
        {
          path: 'profile',
          name: 'profile',
          component: () => import('@/pages/user/ProfilePage.vue'),
          meta: { title: 'profile' },
        },
        {
          path: 'courses',
          name: 'learning',
          component: () => import('@/pages/user/LearningPage.vue'),
          meta: { title: 'learning' },
        },
        {
          path: 'order',
          name: 'orders',
          component: () => import('@/pages/user/OrdersPage.vue'),
          meta: { title: 'orders' },
          // Where an order was shown before it had a page of its own.
          beforeEnter: ({ query }) =>
            !numberIn(query.focus) || { name: 'order', params: { id: numberIn(query.focus) } },
        },
        {
          path: 'orders/:id([1-9]\\d{0,17})',
          name: 'order',
          component: () => import('@/pages/user/OrderPage.vue'),
          props: (route) => ({ id: Number(route.params.id) }),
          meta: { title: 'order' },
        },
        {
          path: 'credit',
          name: 'credit',
          component: () => import('@/pages/user/CreditPage.vue'),
          meta: { title: 'credit' },
        },
        {
          path: 'coupons',
          name: 'coupons',
          component: () => import('@/pages/user/CouponsPage.vue'),
          meta: { title: 'coupons' },
        },
        {
          path: 'notifications',
          name: 'notifications',
          component: () => import('@/pages/user/NotificationsPage.vue'),
          meta: { title: 'notifications' },
        },
        {
          path: 'bills',
          name: 'bills',
          component: () => import('@/pages/user/BillsPage.vue'),
          meta: { title: 'bills' },
        },
      ],
    },
    {
      path: '/pay/result',
      name: 'result',
      component: () => import('@/pages/PayResultPage.vue'),
      meta: { title: 'result', own: true },
    },
    {
      path: '/:rest(.*)*',
      name: 'missing',
      component: () => import('@/pages/MissingPage.vue'),
      meta: { title: 'missing' },
    },
  ],
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? undefined : { top: 0 }),
})

function guard(to: RouteLocationNormalized) {
  if (to.meta.own && !useSession().loggedIn) return loginFor(to.fullPath)
}

router.beforeEach(guard)
// Once more when the page's code has arrived: the login may have ended meanwhile.
router.beforeResolve(guard)
