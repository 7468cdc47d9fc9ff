import { ref, type Ref } from 'vue'

const query = window.matchMedia('(max-width: 719px)')
const phone = ref(query.matches)
query.addEventListener('change', () => {
  phone.value = query.matches
})

/** Whether the screen is as narrow as a phone; the same limit as in the style sheets. */
export function usePhone(): Ref<boolean> {
  return phone
}
