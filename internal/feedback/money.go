package feedback

// Money is an amount in minor units (cents) of an ISO 4217 currency.
type Money struct {
	Amount   int64
	Currency string
}

// IsZero says whether there is no amount.
func (m Money) IsZero() bool { return m.Amount == 0 }
